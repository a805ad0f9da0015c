"""Passwords as their hashes."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects import postgresql

from authwell.models.accounts import credentials
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.protocol.model import Event
from authwell.storage.changes import Change, NewRow
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.storage.values import event_values
from authwell.utils.randomness import new_id

PASSWORD = "password"

_NOW: Any = bindparam("now", type_=UtcDateTime())
_IS_THE_PASSWORD = (
    credentials.c.account_id == bindparam("account_id"),
    credentials.c.tenant_id == bindparam("tenant_id"),
    credentials.c.kind == PASSWORD,
)

FIND_PASSWORD = Statement(select(credentials.c.secret).where(*_IS_THE_PASSWORD))

_new_password = postgresql.insert(credentials).values(
    id=bindparam("id"),
    tenant_id=bindparam("tenant_id"),
    account_id=bindparam("account_id"),
    kind=PASSWORD,
    secret=bindparam("secret"),
    created_at=_NOW,
    updated_at=_NOW,
)
SET_PASSWORD = Change(
    _new_password.on_conflict_do_update(
        index_elements=["account_id", "kind"],
        index_where=text("kind = 'password'"),
        set_={
            "secret": _new_password.excluded.secret,
            "updated_at": _new_password.excluded.updated_at,
        },
    ).returning(credentials.c.id),
    NewRow(audit_events, "event"),
)
REPLACE_HASH = Statement(
    update(credentials)
    .where(*_IS_THE_PASSWORD, credentials.c.secret == bindparam("old"))
    .values(secret=bindparam("secret"), updated_at=_NOW)
)


class Credentials:
    """The passwords of accounts; what a hash looks like is identity's."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find_password(self, tenant_id: str, account_id: str) -> str | None:
        """The hash, if the account has a password."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        row = self._database.one(FIND_PASSWORD, key)
        return None if row is None else str(row.secret)

    def set_password(self, tenant_id: str, account_id: str, secret: str, event: Event) -> None:
        """Keep a new hash instead of the one before, if any.

        Raises:
            Conflict: there is no such account.
        """
        values = {
            "id": new_id(event.at),
            "tenant_id": tenant_id,
            "account_id": account_id,
            "secret": secret,
            "now": event.at,
        }
        SET_PASSWORD.make(self._database, {**values, **event_values(event)})

    def replace_hash(
        self, tenant_id: str, account_id: str, *, old: str, new: str, now: datetime
    ) -> None:
        """Keep a better hash of the same password, unless the password changed meanwhile."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        self._database.write(REPLACE_HASH, {**key, "old": old, "secret": new, "now": now})
