"""Devices: browsers that accounts have logged in with, known by a digest of cookie and account."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, null, select, update
from sqlalchemy.dialects import postgresql

from authwell.models.base import UtcDateTime
from authwell.models.devices import devices
from authwell.models.sessions import sessions
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement
from authwell.storage.values import cut, searchable

MOST = 50
"""Devices that are kept of an account; those seen longest ago go."""

_NOW: Any = bindparam("now", type_=UtcDateTime())
_OF_ACCOUNT = (
    devices.c.tenant_id == bindparam("tenant_id"),
    devices.c.account_id == bindparam("account_id"),
)
NOT_REVOKED = devices.c.revoked_at.is_(None)
DEVICE_COLUMNS = (
    devices.c.id,
    devices.c.name,
    devices.c.created_at,
    devices.c.last_seen_at,
    devices.c.trusted_until,
)

FIND_DEVICE = Statement(
    select(*DEVICE_COLUMNS).where(
        devices.c.digest == bindparam("digest"), *_OF_ACCOUNT, NOT_REVOKED
    )
)
LIST_DEVICES = Statement(
    select(*DEVICE_COLUMNS)
    .where(*_OF_ACCOUNT, NOT_REVOKED)
    .order_by(devices.c.last_seen_at.desc(), devices.c.id)
)
FIND_TRUST = Statement(
    select(devices.c.trusted_until)
    .join(sessions, sessions.c.device_id == devices.c.id)
    .where(sessions.c.tenant_id == bindparam("tenant_id"), sessions.c.id == bindparam("session_id"))
)
SEE_DEVICE = Statement(
    update(devices)
    .where(devices.c.id == bindparam("device_id"), *_OF_ACCOUNT)
    .values(last_seen_at=_NOW)
)
_new_device = postgresql.insert(devices).values(
    id=bindparam("device_id"),
    tenant_id=bindparam("tenant_id"),
    account_id=bindparam("account_id"),
    digest=bindparam("digest"),
    name=bindparam("name"),
    created_at=_NOW,
    last_seen_at=_NOW,
    trusted_until=null(),
    revoked_at=null(),
)
# One that was revoked begins anew, and is new to whoever asks.
ADD_DEVICE = Statement(
    _new_device.on_conflict_do_update(
        index_elements=["digest"],
        set_={
            "name": _new_device.excluded.name,
            "created_at": _NOW,
            "last_seen_at": _NOW,
            "trusted_until": null(),
            "revoked_at": null(),
        },
        where=devices.c.revoked_at.is_not(None),
    ).returning(devices.c.id)
)
_kept = (
    select(devices.c.id)
    .where(*_OF_ACCOUNT)
    .order_by(devices.c.last_seen_at.desc(), devices.c.id.desc())
    .limit(MOST)
)
DROP_SURPLUS = Statement(delete(devices).where(*_OF_ACCOUNT, devices.c.id.not_in(_kept)))
TRUST_DEVICE = Statement(
    update(devices)
    .where(devices.c.id == bindparam("device_id"), *_OF_ACCOUNT, NOT_REVOKED)
    .values(trusted_until=bindparam("trusted_until", type_=UtcDateTime()))
    .returning(devices.c.id)
)
REVOKE_DEVICE = Statement(
    update(devices)
    .where(devices.c.id == bindparam("device_id"), *_OF_ACCOUNT, NOT_REVOKED)
    .values(revoked_at=_NOW, trusted_until=null())
    .returning(devices.c.id)
)
END_TRUST = Statement(
    update(devices)
    .where(*_OF_ACCOUNT, devices.c.trusted_until.is_not(None))
    .values(trusted_until=null())
)


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that an account has logged in with.

    Attributes:
        trusted_until: until when the second factor is not asked for again there.
    """

    id: str
    name: str
    created_at: datetime
    last_seen_at: datetime
    trusted_until: datetime | None


class Devices:
    """The devices of the accounts of all tenants."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str, account_id: str, digest: bytes) -> Device | None:
        """The device, unless it was revoked."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "digest": digest}
        row = self._database.one(FIND_DEVICE, key)
        return None if row is None else device_of(row)

    def list(self, tenant_id: str, account_id: str) -> tuple[Device, ...]:
        """All devices of an account, the last seen first."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        return tuple(device_of(row) for row in self._database.all(LIST_DEVICES, key))

    def see(self, tenant_id: str, account_id: str, device_id: str, now: datetime) -> None:
        """Note a login there."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "device_id": device_id}
        self._database.write(SEE_DEVICE, {**key, "now": now})

    def trust(
        self, tenant_id: str, account_id: str, device_id: str, until: datetime | None
    ) -> bool:
        """Trust it until then, or no more; False if there is no such device."""
        key = _key(tenant_id, account_id, device_id)
        return bool(self._database.write(TRUST_DEVICE, {**key, "trusted_until": until}))

    def revoke(self, tenant_id: str, account_id: str, device_id: str, now: datetime) -> bool:
        """Forget that it was here; False if there is no such device."""
        key = _key(tenant_id, account_id, device_id)
        return bool(self._database.write(REVOKE_DEVICE, {**key, "now": now}))


def add_device(
    transaction: Transaction,
    tenant_id: str,
    account_id: str,
    digest: bytes,
    device: Device,
) -> Device | None:
    """Keep a device that was not known, and how it is kept; None if another request was first."""
    key = {"tenant_id": tenant_id, "account_id": account_id}
    new = {
        "device_id": device.id,
        "digest": digest,
        "name": cut(device.name, 255),
        "now": device.created_at,
    }
    row = transaction.one(ADD_DEVICE, {**key, **new})
    if row is None:
        return None
    transaction.all(DROP_SURPLUS, key)
    return replace(device, id=row.id)


def trusted_until(database: Database, tenant_id: str, session_id: str) -> datetime | None:
    """Until when the device of a session is trusted; None if it is not, or nobody knows it."""
    row = database.one(FIND_TRUST, {"tenant_id": tenant_id, "session_id": session_id})
    return None if row is None else row.trusted_until


def end_trust(transaction: Transaction, tenant_id: str, account_id: str) -> None:
    """Ask for the second factor on all devices again (THREATS.md MF-10)."""
    transaction.all(END_TRUST, {"tenant_id": tenant_id, "account_id": account_id})


def _key(tenant_id: str, account_id: str, device_id: str) -> dict[str, str]:
    return {
        "tenant_id": tenant_id,
        "account_id": account_id,
        "device_id": searchable(device_id),
    }


def device_of(row: Row) -> Device:
    """The device of a row with `DEVICE_COLUMNS`."""
    return Device(**{name: getattr(row, name) for name in Device.__dataclass_fields__})
