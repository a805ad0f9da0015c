"""The clean-up: deletes what has had its time, a few hundred rows at once.

One process at a time does it, under a lease. What proves a second use stays as long as it
can matter: spent codes and used refresh tokens go with their grant, at its absolute end.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Table,
    and_,
    bindparam,
    null,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy import delete as delete_from

from authwell.models.accounts import accounts
from authwell.models.base import UtcDateTime
from authwell.models.clients import client_secrets
from authwell.models.counts import counts
from authwell.models.devices import devices
from authwell.models.grants import grants
from authwell.models.guards import attempt_guards
from authwell.models.handles import handles
from authwell.models.integrations import received_messages
from authwell.models.invitations import invitations
from authwell.models.sessions import sessions
from authwell.models.tokens import access_tokens, denied_jtis, refresh_tokens, replay
from authwell.models.webhooks import webhook_deliveries
from authwell.models.work import jobs, outbox
from authwell.storage.audit.partitions import make_partitions
from authwell.storage.clients.unused import DELETE_TOKENS, NOTE_USE, delete_abandoned
from authwell.storage.database import Database
from authwell.storage.login.endings import tell_clients
from authwell.storage.people.erasure import erase_due
from authwell.storage.statements import Statement
from authwell.storage.values import CODE
from authwell.storage.work.leases import Leases

BATCH = 500
MAX_BATCHES = 100
"""Of one kind in one run; what remains waits for the next run."""
LEASE = "clean-up"
LEASE_DURATION = timedelta(minutes=10)
RETRY_KEPT_FOR = timedelta(minutes=1)
ABANDONED_AFTER = timedelta(hours=1)
DONE_KEPT_FOR = timedelta(days=7)
DELIVERY_KEPT_FOR = timedelta(days=30)
"""How long the logs of webhooks say what was sent, and what came in."""
DEVICE_KEPT_FOR = timedelta(days=365)
PENDING_KEPT_FOR = timedelta(days=7)
"""How long an account waits for its address to be verified, since the last link was sent."""


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
    # Before the grants go that tell of it.
    "used clients": NOTE_USE,
    # Codes and tokens go with their grant.
    "grants": _deletion(grants, grants.c.expires_at <= _NOW),
    "abandoned grants": _deletion(grants, grants.c.id.in_(_abandoned)),
    # Somebody who comes back too late is told where to begin again.
    "handles": _deletion(
        handles, and_(handles.c.expires_at <= _moment("abandoned"), handles.c.kind != CODE)
    ),
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
    # Those of accounts stay: so many failures in a row lock for good, however long they take.
    "attempts of addresses": _deletion(
        attempt_guards,
        and_(
            attempt_guards.c.account_id.is_(None),
            attempt_guards.c.since <= _moment("done_before"),
            or_(attempt_guards.c.locked_until.is_(None), attempt_guards.c.locked_until <= _NOW),
        ),
    ),
    "counts": _deletion(counts, counts.c.expires_at <= _NOW),
    # Only what has ended goes: the end of a session is told to its clients.
    "sessions": _deletion(
        sessions, and_(sessions.c.expires_at <= _NOW, sessions.c.ended_at.is_not(None))
    ),
    "abandoned accounts": _deletion(
        accounts,
        and_(accounts.c.status == "pending", accounts.c.updated_at <= _moment("pending_before")),
    ),
    "invitations": _deletion(invitations, invitations.c.expires_at <= _moment("done_before")),
    "registration tokens": DELETE_TOKENS,
    "client secrets": _deletion(client_secrets, client_secrets.c.expires_at <= _NOW),
    "outbox": _deletion(outbox, outbox.c.done_at <= _moment("done_before")),
    "webhook deliveries": _deletion(
        webhook_deliveries, webhook_deliveries.c.done_at <= _moment("delivered_before")
    ),
    "received messages": _deletion(
        received_messages, received_messages.c.received_at <= _moment("delivered_before")
    ),
    # Its cookie has ended by then.
    "devices": _deletion(devices, devices.c.last_seen_at <= _moment("unseen_since")),
    "jobs": _deletion(jobs, jobs.c.done_at <= _moment("done_before")),
}


_is_over = and_(
    sessions.c.ended_at.is_(None),
    or_(sessions.c.last_seen_at <= _moment("idle_since"), sessions.c.expires_at <= _NOW),
)
END_SESSIONS = Statement(
    update(sessions)
    .where(_some(sessions, _is_over))
    .values(ended_at=_NOW)
    .returning(sessions.c.id, sessions.c.tenant_id, sessions.c.account_id)
)


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Deletes what has had its time.

    Attributes:
        database: the database.
        idle: a session that was not seen for so long has ended.
        unused: an openly registered client that was not used for so long is deleted.
        erased_after: so long after it was deleted, an account is erased.
        batch: rows that one statement touches.
    """

    database: Database
    idle: timedelta = timedelta(days=30)
    unused: timedelta = timedelta(days=3)
    erased_after: timedelta = timedelta(days=30)
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
            "delivered_before": now - DELIVERY_KEPT_FOR,
            "unseen_since": now - DEVICE_KEPT_FOR,
            "pending_before": now - PENDING_KEPT_FOR,
            "batch": self.batch,
        }
        ended = self._all(lambda: self._end_sessions(values))
        return {
            "ended sessions": ended,
            **{name: self._all(self._task(statement, values)) for name, statement in TASKS.items()},
            "erased accounts": self._all(
                lambda: erase_due(self.database, now - self.erased_after, now, self.batch)
            ),
            "unused clients": self._all(
                lambda: delete_abandoned(self.database, now - self.unused, now, self.batch)
            ),
        }

    def _task(self, statement: Statement, values: Mapping[str, Any]) -> Callable[[], int]:
        return lambda: len(self.database.write(statement, values))

    def _end_sessions(self, values: Mapping[str, Any]) -> int:
        """End a batch of sessions that are idle or too old, and leave word for their clients."""
        with self.database.transaction() as transaction:
            rows = transaction.all(END_SESSIONS, values)
            return len(tell_clients(transaction, rows, values["now"]))

    def _all(self, batch: Callable[[], int]) -> int:
        done = 0
        for _ in range(MAX_BATCHES):
            touched = batch()
            done += touched
            if touched < self.batch:
                break
        return done
