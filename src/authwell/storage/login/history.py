"""What is known of the earlier logins of an account, when somebody logs in again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.devices import devices
from authwell.models.sessions import sessions
from authwell.protocol.events import EventType
from authwell.storage.database import Database
from authwell.storage.login.devices import DEVICE_COLUMNS, NOT_REVOKED, Device, device_of
from authwell.storage.statements import Statement

MOST = 20
"""Logins that are looked at."""

_TENANT_ID: Any = bindparam("tenant_id")
_ACCOUNT_ID: Any = bindparam("account_id")

_failures = (
    select(func.count())
    .select_from(audit_events)
    .where(
        audit_events.c.account_id == accounts.c.id,
        audit_events.c.at >= func.coalesce(accounts.c.last_login_at, accounts.c.created_at),
        or_(
            audit_events.c.type == EventType.LOGIN_FAILED.value,
            audit_events.c.type == EventType.SECOND_FACTOR_FAILED.value,
        ),
    )
    .scalar_subquery()
)
FIND_STANDING = Statement(
    select(accounts.c.last_login_at, _failures.label("failures"), *DEVICE_COLUMNS)
    .select_from(
        accounts.outerjoin(
            devices,
            and_(
                devices.c.digest == bindparam("digest", type_=devices.c.digest.type),
                devices.c.account_id == accounts.c.id,
                NOT_REVOKED,
            ),
        )
    )
    .where(accounts.c.id == _ACCOUNT_ID, accounts.c.tenant_id == _TENANT_ID)
)
# Ids are in the order of time, so the index gives the last ones however many there are.
LAST_LOGINS = Statement(
    select(sessions.c.created_at, sessions.c.user_agent, sessions.c.location)
    .where(sessions.c.account_id == _ACCOUNT_ID, sessions.c.tenant_id == _TENANT_ID)
    .order_by(sessions.c.id.desc())
    .limit(MOST)
)


@dataclass(frozen=True, slots=True)
class LastLogin:
    """A session when it began, whether it stands or not."""

    at: datetime
    user_agent: str | None
    location: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the account says of its logins.

    Attributes:
        last_login_at: None if it never logged in.
        failures: wrong passwords and codes since then.
        device: the one that was asked about, if the account has logged in with it.
    """

    last_login_at: datetime | None
    failures: int
    device: Device | None = None


class LoginHistory:
    """The logins of the accounts of all tenants."""

    def __init__(self, database: Database) -> None:
        """Read one database."""
        self._database = database

    def standing(self, tenant_id: str, account_id: str, device: bytes | None) -> Standing:
        """How the account stands, and whether it knows the device with this digest."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "digest": device}
        row = self._database.one(FIND_STANDING, key)
        if row is None:
            return Standing(None, 0)
        known = device_of(row) if row.id is not None else None
        return Standing(row.last_login_at, row.failures, known)

    def last(self, tenant_id: str, account_id: str) -> tuple[LastLogin, ...]:
        """The last logins whose sessions are still kept, the latest first."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        rows = self._database.all(LAST_LOGINS, key)
        return tuple(LastLogin(row.created_at, row.user_agent, row.location) for row in rows)
