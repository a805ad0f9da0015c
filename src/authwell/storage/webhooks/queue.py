"""The queue of webhooks, which is fair to tenants and keeps the order of a subject.

`claiming.py` says what is claimed next. A delivery that was not taken is tried again with a growing
delay, and an endpoint that fails again and again rests for a while, so nobody's receivers delay
another's (THREATS.md WH-06).
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, Select, bindparam, null, update

from authwell.models.base import UtcDateTime
from authwell.models.webhooks import webhook_deliveries, webhook_endpoints
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement
from authwell.storage.webhooks.claiming import CLAIM, READY
from authwell.storage.work.outbox import Entry
from authwell.storage.work.queues import with_jitter

WEBHOOK: Final = "webhook"
"""As the deliveries of a process call this kind of entry."""
CLAIMED_FOR: Final = timedelta(minutes=2)
DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
)
"""After each failed attempt but the last, before jitter: three days at most."""
MAX_ATTEMPTS: Final = len(DELAYS) + 1
LONGEST: Final = timedelta(days=4)
"""An endpoint that rests has fewer attempts; this ends them too."""
PATIENCE: Final = 3
"""Failures in a row before an endpoint rests."""
LONGEST_REST: Final = timedelta(minutes=15)

_deliveries = webhook_deliveries
_endpoints = webhook_endpoints
_NOW: Any = bindparam("now", type_=UtcDateTime())
_STATUS: Any = bindparam("status", type_=Integer())
_IS_MINE = (
    _deliveries.c.id == bindparam("id"),
    _deliveries.c.done_at.is_(None),
    _deliveries.c.attempts == bindparam("attempts", type_=Integer()),
)
_IS_ITS_ENDPOINT = (
    _endpoints.c.id == bindparam("endpoint_id"),
    _endpoints.c.tenant_id == bindparam("tenant_id"),
)

FINISH = Statement(
    update(_deliveries)
    .where(*_IS_MINE)
    .values(done_at=_NOW, claimed_until=null(), last_error=bindparam("error"), last_status=_STATUS)
    .returning(_deliveries.c.id)
)
POSTPONE = Statement(
    update(_deliveries)
    .where(*_IS_MINE)
    .values(
        available_at=bindparam("again_at", type_=UtcDateTime()),
        claimed_until=null(),
        last_error=bindparam("error"),
        last_status=_STATUS,
    )
    .returning(_deliveries.c.id)
)
NOTE_SUCCESS = Statement(
    update(_endpoints)
    .where(*_IS_ITS_ENDPOINT)
    .values(failures=0, rests_until=null(), served_at=_NOW)
)
NOTE_FAILURE = Statement(
    update(_endpoints)
    .where(*_IS_ITS_ENDPOINT)
    .values(failures=_endpoints.c.failures + 1, served_at=_NOW)
    .returning(_endpoints.c.failures)
)
REST = Statement(
    update(_endpoints)
    .where(*_IS_ITS_ENDPOINT)
    .values(rests_until=bindparam("until", type_=UtcDateTime()))
)


class WebhookQueue:
    """The deliveries of all tenants, claimed, sent and finished by workers."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self.database = database

    def ready(self, kind: str) -> Select[Any]:
        """What a claim may find."""
        return READY

    def claim(self, kind: str, now: datetime, limit: int = 10) -> tuple[Entry, ...]:
        """Claim deliveries one by one, so that each claim knows of the one before."""
        entries: list[Entry] = []
        values = {"now": now, "until": now + CLAIMED_FOR}
        while len(entries) < limit and (rows := self.database.write(CLAIM, values)):
            entries.append(_entry(rows[0]))
        return tuple(entries)

    def finish(self, entry: Entry, status: int, now: datetime) -> bool:
        """Note that it was taken; False if the claim was lost meanwhile."""
        with self.database.transaction() as transaction:
            is_mine = _finish(transaction, entry, now, None, status)
            if is_mine:
                key = {"endpoint_id": entry.payload["endpoint_id"], "tenant_id": entry.tenant_id}
                transaction.all(NOTE_SUCCESS, {**key, "now": now})
            return is_mine

    def fail(self, entry: Entry, error: str, now: datetime, status: int | None = None) -> bool:
        """Try again later; False if the claim was lost meanwhile."""
        delay = DELAYS[min(entry.attempts, len(DELAYS)) - 1]
        values = {
            "id": entry.id,
            "attempts": entry.attempts,
            "error": error[:512],
            "status": status,
            "again_at": now + with_jitter(delay),
        }
        with self.database.transaction() as transaction:
            is_mine = bool(transaction.all(POSTPONE, values))
            if is_mine:
                _note_failure(transaction, entry, now)
            return is_mine

    def give_up(
        self, entry: Entry, error: str, now: datetime, event: Event, status: int | None = None
    ) -> bool:
        """Note that it is a dead letter, and the event; False if the claim was lost meanwhile."""
        with self.database.transaction() as transaction:
            is_mine = _finish(transaction, entry, now, error, status)
            if is_mine:
                _note_failure(transaction, entry, now)
                add_event(transaction, event)
            return is_mine


def _finish(
    transaction: Transaction, entry: Entry, now: datetime, error: str | None, status: int | None
) -> bool:
    shortened = error[:512] if error is not None else None
    values = {"id": entry.id, "attempts": entry.attempts, "now": now, "status": status}
    return bool(transaction.all(FINISH, {**values, "error": shortened}))


def _note_failure(transaction: Transaction, entry: Entry, now: datetime) -> None:
    """Count it; from the third in a row on the endpoint rests, each time twice as long."""
    key = {"endpoint_id": entry.payload["endpoint_id"], "tenant_id": entry.tenant_id}
    counted = transaction.one(NOTE_FAILURE, {**key, "now": now})
    if counted is not None and counted.failures >= PATIENCE:
        doublings = min(counted.failures - PATIENCE, 10)
        rest = min(DELAYS[0] * (1 << doublings), LONGEST_REST)
        transaction.all(REST, {**key, "until": now + with_jitter(rest)})


def _entry(row: Row) -> Entry:
    return Entry(
        tenant_id=row.tenant_id,
        kind=WEBHOOK,
        payload={
            "endpoint_id": row.endpoint_id,
            "event_id": row.event_id,
            "event_type": row.event_type,
            "body": row.body,
            "begun_at": row.begun_at,
        },
        created_at=row.created_at,
        attempts=row.attempts,
        id=row.id,
    )
