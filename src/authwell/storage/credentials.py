"""Passwords as their hashes, and the guard that counts attempts (THREATS.md AU-04, AU-05)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, delete, null, or_, select, text, update
from sqlalchemy.dialects import postgresql

from authwell.models.accounts import credentials, login_guards
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


_new_failure = postgresql.insert(login_guards).values(
    account_id=bindparam("account_id"),
    tenant_id=bindparam("tenant_id"),
    failures=1,
    locked_until=bindparam("locked_at_first", type_=UtcDateTime()),
    updated_at=_NOW,
)
_is_old = or_(
    login_guards.c.locked_until.is_not(None),
    login_guards.c.updated_at <= bindparam("forgotten", type_=UtcDateTime()),
)
_failures = case((_is_old, 1), else_=login_guards.c.failures + 1)
COUNT_ATTEMPT = Statement(
    _new_failure.on_conflict_do_update(
        index_elements=["account_id"],
        set_={
            "failures": _failures,
            "locked_until": case(
                (
                    _failures >= bindparam("limit"),
                    bindparam("locked_until", type_=UtcDateTime()),
                ),
                else_=null(),
            ),
            "updated_at": _NOW,
        },
        where=or_(login_guards.c.locked_until.is_(None), login_guards.c.locked_until <= _NOW),
    ).returning(login_guards.c.failures, login_guards.c.locked_until)
)
FIND_LOCK = Statement(
    select(login_guards.c.locked_until).where(
        login_guards.c.account_id == bindparam("account_id"),
        login_guards.c.tenant_id == bindparam("tenant_id"),
    )
)
CLEAR_GUARD = Statement(
    delete(login_guards).where(
        login_guards.c.account_id == bindparam("account_id"),
        login_guards.c.tenant_id == bindparam("tenant_id"),
    )
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that may go on: how many there were without success, this one included."""

    failures: int
    locked_until: datetime | None
    """Set if this is the last one before the lock; success clears it."""


class LoginGuard:
    """One guard for all doors, kept by account.

    An attempt is counted before the password is compared, in one statement, so that parallel
    guesses cannot pass between reading and writing.
    """

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def count_attempt(
        self,
        tenant_id: str,
        account_id: str,
        *,
        limit: int,
        duration: timedelta,
        now: datetime,
    ) -> Attempt | None:
        """Count an attempt; None if the account is locked, and then nothing is counted.

        Args:
            tenant_id: the account's.
            account_id: whose.
            limit: after so many attempts without success the account is locked.
            duration: for so long; failures are also forgotten after it.
            now: the present.
        """
        values = {
            "tenant_id": tenant_id,
            "account_id": account_id,
            "limit": limit,
            "now": now,
            "locked_until": now + duration,
            "locked_at_first": now + duration if limit <= 1 else None,
            "forgotten": now - duration,
        }
        rows = self._database.write(COUNT_ATTEMPT, values)
        return Attempt(rows[0].failures, rows[0].locked_until) if rows else None

    def locked_until(self, tenant_id: str, account_id: str, now: datetime) -> datetime | None:
        """Until when the account is locked; None if it is not."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        row = self._database.one(FIND_LOCK, key)
        if row is None or row.locked_until is None or row.locked_until <= now:
            return None
        return row.locked_until  # type: ignore[no-any-return]

    def clear(self, tenant_id: str, account_id: str) -> None:
        """Forget the failures: the person has logged in, or an administrator unlocks them."""
        self._database.write(CLEAR_GUARD, {"tenant_id": tenant_id, "account_id": account_id})
