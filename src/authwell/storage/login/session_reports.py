"""Sessions as administrators see them: standing or ended, with their clients."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from authwell.models.accounts import accounts
from authwell.models.sessions import session_clients, sessions
from authwell.storage.database import Database
from authwell.storage.login.endings import BACK_CHANNEL
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable
from authwell.storage.work.outbox import Delivery, Outbox

_TENANT_ID: Any = bindparam("tenant_id")
_REPORT = select(
    *(column for column in sessions.columns if column.name not in ("digest", "tenant_id")),
    accounts.c.username,
).select_from(sessions.join(accounts, accounts.c.id == sessions.c.account_id))
_OF_TENANT = _REPORT.where(sessions.c.tenant_id == _TENANT_ID)
FIND = Statement(_OF_TENANT.where(sessions.c.id == bindparam("session_id")))
PAGES = Pages(
    _OF_TENANT,
    # The id begins with the time.
    {"created_at": (sessions.c.id,)},
    {"account_id": sessions.c.account_id == bindparam("account_id")},
)
LIST_CLIENTS = Statement(
    select(session_clients.c.client_id, session_clients.c.sid)
    .where(
        session_clients.c.tenant_id == _TENANT_ID,
        session_clients.c.session_id == bindparam("session_id"),
    )
    .order_by(session_clients.c.client_id)
)


@dataclass(frozen=True, slots=True)
class Participant:
    """A client of a session, and what became of its logout token."""

    client_id: str
    sid: str
    logout: Delivery | None


@dataclass(frozen=True, slots=True)
class SessionReport:
    """A session, without what would let anybody into it."""

    id: str
    account_id: str
    username: str
    auth_time: datetime
    amr: tuple[str, ...]
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    address: str | None
    user_agent: str | None


class SessionReports:
    """The sessions of all tenants; every call names its tenant."""

    def __init__(self, database: Database) -> None:
        """Read one database."""
        self._database = database
        self._outbox = Outbox(database)

    def find(self, tenant_id: str, session_id: str) -> SessionReport | None:
        """A session, whether it stands or not; ended ones stay for a while."""
        key = {"tenant_id": tenant_id, "session_id": searchable(session_id)}
        row = self._database.one(FIND, key)
        return None if row is None else _report(row)

    def page(self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        """A page of `SessionReport`s by `created_at`; filter: `account_id`."""
        found = PAGES.read(self._database, wanted, {"tenant_id": tenant_id}, filters)
        return replace(found, rows=tuple(_report(row) for row in found.rows))

    def participants(self, tenant_id: str, session_id: str) -> tuple[Participant, ...]:
        """The clients of a session."""
        told = {
            delivery.entry.payload["client_id"]: delivery
            for delivery in self._outbox.list_of_session(tenant_id, session_id, BACK_CHANNEL)
        }
        key = {"tenant_id": tenant_id, "session_id": session_id}
        return tuple(
            Participant(row.client_id, row.sid, told.get(row.client_id))
            for row in self._database.all(LIST_CLIENTS, key)
        )


def _report(row: Row) -> SessionReport:
    values = {name: getattr(row, name) for name in SessionReport.__dataclass_fields__}
    return SessionReport(**{**values, "amr": tuple(row.amr)})
