"""Keys that people give to their scripts: kept as digests, counted where they are made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, or_, select, update

from authwell.models.accounts import accounts
from authwell.models.api_keys import api_keys
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.tenants import tenants
from authwell.protocol.model import Account, Event
from authwell.storage.changes import Change, NewRow
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement
from authwell.storage.tokens.standing import ACCOUNT_COLUMNS, read_account
from authwell.storage.values import event_values, searchable


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A key, without what would let anybody in."""

    id: str
    tenant_id: str
    account_id: str
    digest: bytes
    hint: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PresentedKey:
    """A key that was presented, with its owner.

    Attributes:
        ended: None while key, owner and tenant stand; else the stable reason of the first that
            does not.
    """

    record: ApiKeyRecord
    account: Account
    ended: str | None


_NEW_EVENT = NewRow(audit_events, "event")
_TENANT_ID: Any = bindparam("tenant_id")
_ACCOUNT_ID: Any = bindparam("account_id")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_OF_ACCOUNT = (api_keys.c.tenant_id == _TENANT_ID, api_keys.c.account_id == _ACCOUNT_ID)
_FIELDS = tuple(ApiKeyRecord.__dataclass_fields__)
_COLUMNS = tuple(api_keys.c[name].label(f"key_{name}") for name in _FIELDS)
_IS_LIVE = (
    api_keys.c.revoked_at.is_(None),
    or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > _NOW),
)

FIND_KEY = Statement(
    select(
        *_COLUMNS,
        *ACCOUNT_COLUMNS,
        accounts.c.status.label("account_status"),
        accounts.c.not_before.label("account_not_before"),
        tenants.c.status.label("tenant_status"),
        tenants.c.not_before.label("tenant_not_before"),
    )
    .select_from(
        api_keys.join(accounts, accounts.c.id == api_keys.c.account_id).join(
            tenants, tenants.c.id == api_keys.c.tenant_id
        )
    )
    .where(api_keys.c.digest == bindparam("digest"), api_keys.c.tenant_id == _TENANT_ID)
)
FIND_TENANT = Statement(
    select(api_keys.c.tenant_id).where(api_keys.c.digest == bindparam("digest"))
)
LIST_KEYS = Statement(
    select(*_COLUMNS)
    .where(*_OF_ACCOUNT, api_keys.c.revoked_at.is_(None))
    .order_by(api_keys.c.id.desc())
    .limit(bindparam("limit", type_=Integer()))
)
# Who makes a key holds this lock until it is there, so that two cannot both be the last one. It
# lets others point to the account meanwhile.
LOCK_OWNER = Statement(
    select(accounts.c.id)
    .where(accounts.c.id == _ACCOUNT_ID, accounts.c.tenant_id == _TENANT_ID)
    .with_for_update(key_share=True)
)
COUNT_KEYS = Statement(select(func.count().label("number")).where(*_OF_ACCOUNT, *_IS_LIVE))
ADD_KEY = Statement(NewRow(api_keys, "new").alone())
ADD_EVENT = Statement(_NEW_EVENT.alone())
REVOKE_KEY = Change(
    update(api_keys)
    .where(
        *_OF_ACCOUNT,
        api_keys.c.id == bindparam("key_id"),
        api_keys.c.revoked_at.is_(None),
    )
    .values(revoked_at=_NOW)
    .returning(api_keys.c.id),
    _NEW_EVENT,
)
NOTE_USE = Statement(
    update(api_keys).where(api_keys.c.id == bindparam("key_id")).values(last_used_at=_NOW)
)


class ApiKeys:
    """The keys of all tenants; every call names its tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def tenant_of(self, value: bytes) -> str | None:
        """The tenant whose key has that digest."""
        row = self._database.one(FIND_TENANT, {"digest": value})
        return None if row is None else str(row.tenant_id)

    def add(self, record: ApiKeyRecord, most: int, event: Event) -> bool:
        """Keep a new key, unless its owner has `most` that are good already."""
        key = {"tenant_id": record.tenant_id, "account_id": record.account_id}
        values = {f"new_{name}": getattr(record, name) for name in _FIELDS}
        with self._database.transaction() as transaction:
            transaction.one(LOCK_OWNER, key)
            counted = transaction.one(COUNT_KEYS, {**key, "now": record.created_at})
            if counted is None or counted.number >= most:
                return False
            transaction.all(ADD_KEY, {**values, "new_scopes": list(record.scopes)})
            transaction.all(ADD_EVENT, event_values(event))
        return True

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> PresentedKey | None:
        """The key of a digest with its owner, whether it stands or not."""
        row = self._database.one(FIND_KEY, {"tenant_id": tenant_id, "digest": digest})
        if row is None:
            return None
        record = _record(row)
        return PresentedKey(record, read_account(row), _why_ended(record, row, now))

    def list(self, tenant_id: str, account_id: str, limit: int) -> tuple[ApiKeyRecord, ...]:
        """The keys of an account that were not revoked, expired ones too, the latest first."""
        key: Mapping[str, Any] = {"tenant_id": tenant_id, "account_id": account_id, "limit": limit}
        return tuple(_record(row) for row in self._database.all(LIST_KEYS, key))

    def revoke(self, tenant_id: str, account_id: str, key_id: str, event: Event) -> bool:
        """End a key; False if the account has none of this id."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "key_id": searchable(key_id)}
        values = {**key, "now": event.at, **event_values(event)}
        return REVOKE_KEY.make(self._database, values) is not None

    def note_use(self, key_id: str, now: datetime) -> None:
        """Note that a key was used; callers do so every few minutes, not each time."""
        self._database.write(NOTE_USE, {"key_id": key_id, "now": now})


def _record(row: Row) -> ApiKeyRecord:
    values = {name: getattr(row, f"key_{name}") for name in _FIELDS}
    return ApiKeyRecord(**{**values, "scopes": tuple(values["scopes"])})


def _why_ended(record: ApiKeyRecord, row: Row, now: datetime) -> str | None:
    """As for tokens: what was made before `not_before` is dead."""
    if record.revoked_at is not None:
        return "api_key_revoked"
    if record.expires_at is not None and record.expires_at <= now:
        return "api_key_expired"
    for owner in ("tenant", "account"):
        if getattr(row, f"{owner}_status") != "active":
            return f"{owner}_disabled"
        not_before = getattr(row, f"{owner}_not_before")
        if not_before is not None and record.created_at < not_before:
            return f"{owner}_not_before"
    return None
