"""What is known of the earlier logins of an account, when somebody logs in again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, or_, select

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.sessions import sessions
from authwell.protocol.events import EventType
from authwell.storage.database import Database
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
    select(accounts.c.last_login_at, _failures.label("failures")).where(
        accounts.c.id == _ACCOUNT_ID, accounts.c.tenant_id == _TENANT_ID
    )
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
    """

    last_login_at: datetime | None
    failures: int


class LoginHistory:
    """The logins of the accounts of all tenants."""

    def __init__(self, database: Database) -> None:
        """Read one database."""
        self._database = database

    def standing(self, tenant_id: str, account_id: str) -> Standing:
        """How the account stands."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        row = self._database.one(FIND_STANDING, key)
        if row is None:
            return Standing(None, 0)
        return Standing(row.last_login_at, row.failures)

    def last(self, tenant_id: str, account_id: str) -> tuple[LastLogin, ...]:
        """The last logins whose sessions are still kept, the latest first."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        rows = self._database.all(LAST_LOGINS, key)
        return tuple(LastLogin(row.created_at, row.user_agent, row.location) for row in rows)
