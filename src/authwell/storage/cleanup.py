"""The clean-up: deletes what has had its time, a few hundred rows at once.

One process at a time does it, under a lease. What proves a second use stays as long as it
can matter: spent codes and used refresh tokens go with their grant, at its absolute end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Table, and_, bindparam, null, select, tuple_, update
from sqlalchemy import delete as delete_from

from authwell.models.base import UtcDateTime
from authwell.models.clients import client_secrets
from authwell.models.grants import grants
from authwell.models.handles import handles
from authwell.models.sessions import sessions
from authwell.models.tokens import access_tokens, denied_jtis, refresh_tokens, replay
from authwell.models.work import jobs, outbox
from authwell.storage.audit_partitions import make_partitions
from authwell.storage.database import Database
from authwell.storage.leases import Leases
from authwell.storage.statements import Statement
from authwell.storage.values import CODE

BATCH = 500
MAX_BATCHES = 100
"""Of one kind in one run; what remains waits for the next run."""
LEASE = "clean-up"
LEASE_DURATION = timedelta(minutes=10)
RETRY_KEPT_FOR = timedelta(minutes=1)
ABANDONED_AFTER = timedelta(hours=1)
DONE_KEPT_FOR = timedelta(days=7)


def _moment(name: str) -> Any:
    return bindparam(name, type_=UtcDateTime())


_NOW = _moment("now")


def _some(table: Table, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """A batch of the rows that meet the condition, and that nobody else holds."""
    key = tuple(table.primary_key.columns)
    batch = (
        select(*key)
        .where(condition)
        .limit(bindparam("batch", type_=Integer()))
        .with_for_update(skip_locked=True)
    )
    return key[0].in_(batch) if len(key) == 1 else tuple_(*key).in_(batch)


def _deletion(table: Table, condition: ColumnElement[bool]) -> Statement:
    key = next(iter(table.primary_key.columns))
    return Statement(delete_from(table).where(_some(table, condition)).returning(key))


def _update(table: Table, condition: ColumnElement[bool], values: Mapping[str, Any]) -> Statement:
    key = next(iter(table.primary_key.columns))
    return Statement(update(table).where(_some(table, condition)).values(values).returning(key))


_abandoned = select(handles.c.grant_id).where(
    handles.c.kind == CODE,
    handles.c.consumed_at.is_(None),
    handles.c.expires_at <= _moment("abandoned"),
)

TASKS: Mapping[str, Statement] = {
    # Codes and tokens go with their grant.
    "grants": _deletion(grants, grants.c.expires_at <= _NOW),
    "abandoned grants": _deletion(grants, grants.c.id.in_(_abandoned)),
    "handles": _deletion(handles, and_(handles.c.expires_at <= _NOW, handles.c.kind != CODE)),
    "refresh tokens": _deletion(refresh_tokens, refresh_tokens.c.expires_at <= _NOW),
    "retries": _update(
        refresh_tokens,
        and_(
            refresh_tokens.c.sealed_for_retry.is_not(None),
            refresh_tokens.c.created_at <= _moment("retry_ended"),
        ),
        {"sealed_for_retry": null()},
    ),
    "access tokens": _deletion(access_tokens, access_tokens.c.expires_at <= _NOW),
    "denied tokens": _deletion(denied_jtis, denied_jtis.c.expires_at <= _NOW),
    "used assertions": _deletion(replay, replay.c.expires_at <= _NOW),
    "idle sessions": _update(
        sessions,
        and_(sessions.c.ended_at.is_(None), sessions.c.last_seen_at <= _moment("idle_since")),
        {"ended_at": _NOW},
    ),
    "sessions": _deletion(sessions, sessions.c.expires_at <= _NOW),
    "client secrets": _deletion(client_secrets, client_secrets.c.expires_at <= _NOW),
    "outbox": _deletion(outbox, outbox.c.done_at <= _moment("done_before")),
    "jobs": _deletion(jobs, jobs.c.done_at <= _moment("done_before")),
}


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Deletes what has had its time.

    Attributes:
        database: the database.
        idle: a session that was not seen for so long has ended.
        batch: rows that one statement touches.
    """

    database: Database
    idle: timedelta = timedelta(days=30)
    batch: int = BATCH

    def run_alone(self, holder: str, now: datetime) -> dict[str, int] | None:
        """Clean up if no other process does; None if another one has the lease.

        Args:
            holder: names this process.
            now: the present.
        """
        leases = Leases(self.database)
        if not leases.take(LEASE, holder, LEASE_DURATION, now):
            return None
        try:
            return self.run(now)
        finally:
            leases.give_back(LEASE, holder)

    def run(self, now: datetime) -> dict[str, int]:
        """Do all tasks; how many rows each touched."""
        make_partitions(self.database, now)
        values = {
            "now": now,
            "abandoned": now - ABANDONED_AFTER,
            "retry_ended": now - RETRY_KEPT_FOR,
            "idle_since": now - self.idle,
            "done_before": now - DONE_KEPT_FOR,
            "batch": self.batch,
        }
        return {name: self._all(statement, values) for name, statement in TASKS.items()}

    def _all(self, statement: Statement, values: Mapping[str, Any]) -> int:
        done = 0
        for _ in range(MAX_BATCHES):
            touched = len(self.database.write(statement, values))
            done += touched
            if touched < self.batch:
                break
        return done
