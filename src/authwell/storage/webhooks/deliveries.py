"""Deliveries of webhooks: a queue that is fair to tenants and keeps the order of a subject.

A claim takes one delivery: of the endpoint with the fewest that are under way, the one that is due
first and has no earlier one of its subject before it. A tenant has so many places at most, and an
endpoint that fails again and again rests for a while, so nobody's receivers delay another's
(THREATS.md WH-06).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import (
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy import update as change

from authwell.models.base import UtcDateTime
from authwell.models.tenants import tenants
from authwell.models.webhooks import webhook_deliveries, webhook_endpoints
from authwell.protocol.model import Event
from authwell.storage.audit import add_event
from authwell.storage.database import Database, Transaction
from authwell.storage.outbox import Entry
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.queues import is_ready, with_jitter
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

WEBHOOK: Final = "webhook"
"""As the deliveries of a process call this kind of entry."""
CLAIMED_FOR: Final = timedelta(minutes=2)
PLACES_OF_TENANT: Final = 4
"""Deliveries of one tenant that are under way at once."""
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

Status = Literal["pending", "retrying", "delivered", "failed"]

_deliveries = webhook_deliveries
_endpoints = webhook_endpoints
_earlier = webhook_deliveries.alias("earlier")
_running = webhook_deliveries.alias("running")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_TENANT_ID: Any = bindparam("tenant_id")
_ID: Any = bindparam("id")
_IS_ACTIVE = tenants.c.status == "active"


def _is_ready(of: Any) -> Any:
    is_first = ~exists(
        select(literal_column("1")).where(
            _earlier.c.endpoint_id == of.c.endpoint_id,
            _earlier.c.subject == of.c.subject,
            _earlier.c.done_at.is_(None),
            _earlier.c.event_id < of.c.event_id,
        )
    )
    return and_(*is_ready(of, "available_at"), is_first)


def _is_served(of: Any) -> Any:
    is_of_active_tenant = exists(
        select(literal_column("1")).where(tenants.c.id == of.c.tenant_id, _IS_ACTIVE)
    )
    return and_(
        of.c.status == "active",
        or_(of.c.rests_until.is_(None), of.c.rests_until <= _NOW),
        is_of_active_tenant,
    )


def _under_way(condition: Any) -> Any:
    is_under_way = (_running.c.done_at.is_(None), _running.c.claimed_until > _NOW)
    return (
        select(func.count())
        .select_from(_running)
        .where(condition, *is_under_way)
        .correlate(_endpoints)
        .scalar_subquery()
    )


_candidate = webhook_deliveries.alias("candidate")
_next = (
    select(_candidate.c.id)
    .where(_candidate.c.endpoint_id == _endpoints.c.id, _is_ready(_candidate))
    .order_by(_candidate.c.available_at, _candidate.c.event_id)
    .limit(1)
    .correlate(_endpoints)
    .scalar_subquery()
)
_of_endpoints = (
    select(
        _next.label("id"),
        _under_way(_running.c.endpoint_id == _endpoints.c.id).label("under_way"),
        _endpoints.c.served_at,
    )
    .where(
        _is_served(_endpoints),
        _under_way(_running.c.tenant_id == _endpoints.c.tenant_id) < PLACES_OF_TENANT,
    )
    .subquery("of_endpoints")
)
_chosen = (
    select(_of_endpoints.c.id)
    .where(_of_endpoints.c.id.is_not(None))
    .order_by(
        _of_endpoints.c.under_way,
        _of_endpoints.c.served_at.is_not(None),
        _of_endpoints.c.served_at,
        _of_endpoints.c.id,
    )
    .limit(1)
    .scalar_subquery()
)
_locked = webhook_deliveries.alias("locked")

CLAIM = Statement(
    change(_deliveries)
    .where(
        _deliveries.c.id.in_(
            select(_locked.c.id)
            .where(
                _locked.c.id == _chosen,
                # Asked again of the row that was locked: another may have claimed it meanwhile.
                _locked.c.done_at.is_(None),
                or_(_locked.c.claimed_until.is_(None), _locked.c.claimed_until <= _NOW),
            )
            .with_for_update(skip_locked=True)
        )
    )
    .values(
        claimed_until=bindparam("until", type_=UtcDateTime()),
        attempts=_deliveries.c.attempts + 1,
        last_attempt_at=_NOW,
    )
    .returning(*_deliveries.c)
)
_READY = (
    select(_deliveries.c.id)
    .select_from(_deliveries.join(_endpoints, _endpoints.c.id == _deliveries.c.endpoint_id))
    .where(*is_ready(_deliveries, "available_at"), _is_served(_endpoints))
)
_IS_MINE = (
    _deliveries.c.id == _ID,
    _deliveries.c.done_at.is_(None),
    _deliveries.c.attempts == bindparam("attempts", type_=Integer()),
)
_STATUS: Any = bindparam("status", type_=Integer())
FINISH = Statement(
    change(_deliveries)
    .where(*_IS_MINE)
    .values(done_at=_NOW, claimed_until=null(), last_error=bindparam("error"), last_status=_STATUS)
    .returning(_deliveries.c.id)
)
POSTPONE = Statement(
    change(_deliveries)
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
    change(_endpoints)
    .where(_endpoints.c.id == bindparam("endpoint_id"), _endpoints.c.tenant_id == _TENANT_ID)
    .values(failures=0, rests_until=null(), served_at=_NOW)
)
NOTE_FAILURE = Statement(
    change(_endpoints)
    .where(_endpoints.c.id == bindparam("endpoint_id"), _endpoints.c.tenant_id == _TENANT_ID)
    .values(failures=_endpoints.c.failures + 1, served_at=_NOW)
    .returning(_endpoints.c.failures)
)
REST = Statement(
    change(_endpoints)
    .where(_endpoints.c.id == bindparam("endpoint_id"), _endpoints.c.tenant_id == _TENANT_ID)
    .values(rests_until=bindparam("until", type_=UtcDateTime()))
)
REPLAY = Statement(
    change(_deliveries)
    .where(
        _deliveries.c.id == _ID,
        _deliveries.c.tenant_id == _TENANT_ID,
        _deliveries.c.endpoint_id == bindparam("endpoint_id"),
        _deliveries.c.done_at.is_not(None),
    )
    .values(
        done_at=null(),
        claimed_until=null(),
        attempts=0,
        begun_at=_NOW,
        available_at=_NOW,
    )
    .returning(*_deliveries.c)
)
_OF_ENDPOINT = (
    _deliveries.c.tenant_id == _TENANT_ID,
    _deliveries.c.endpoint_id == bindparam("endpoint_id"),
)
FIND = Statement(select(_deliveries).where(*_OF_ENDPOINT, _deliveries.c.id == _ID))
_IS_DONE = _deliveries.c.done_at.is_not(None)
_PAGES = Pages(
    select(_deliveries).where(*_OF_ENDPOINT),
    {"created_at": (_deliveries.c.created_at, _deliveries.c.id)},
    {
        "open": _deliveries.c.done_at.is_(None),
        "delivered": and_(_IS_DONE, _deliveries.c.last_error.is_(None)),
        "failed": and_(_IS_DONE, _deliveries.c.last_error.is_not(None)),
    },
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far an event has come on its way to an endpoint."""

    id: str
    tenant_id: str
    endpoint_id: str
    event_id: str
    event_type: str
    subject: str
    body: str
    created_at: datetime
    begun_at: datetime
    attempts: int
    status: Status
    next_attempt_at: datetime | None
    done_at: datetime | None
    last_attempt_at: datetime | None
    last_error: str | None
    last_status: int | None


class WebhookQueue:
    """The deliveries of all tenants, claimed, sent and finished by workers."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self.database = database

    def ready(self, kind: str) -> Select[Any]:
        """What a claim may find: it passes over what waits for an earlier one of its subject."""
        return _READY

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

    def find(self, tenant_id: str, endpoint_id: str, delivery_id: str) -> Delivery | None:
        """One delivery of an endpoint."""
        key = _key(tenant_id, endpoint_id, delivery_id)
        row = self.database.one(FIND, key)
        return None if row is None else read_delivery(row)

    def page(
        self, tenant_id: str, endpoint_id: str, wanted: Wanted, which: str | None = None
    ) -> Found:
        """A page of the log of an endpoint.

        Args:
            tenant_id: whose.
            endpoint_id: which endpoint's.
            wanted: which page.
            which: `open`, `delivered`, `failed`, or None for all.
        """
        key = {"tenant_id": tenant_id, "endpoint_id": endpoint_id}
        filters = {which: True} if which is not None else {}
        return _PAGES.read(self.database, wanted, key, filters)

    def replay(
        self, tenant_id: str, endpoint_id: str, delivery_id: str, event: Event
    ) -> Delivery | None:
        """Send one again that was delivered or given up; None if there is none such."""
        key = _key(tenant_id, endpoint_id, delivery_id)
        with self.database.transaction() as transaction:
            row = transaction.one(REPLAY, {**key, "now": event.at})
            if row is None:
                return None
            add_event(transaction, event)
            return read_delivery(row)


def read_delivery(row: Row) -> Delivery:
    """A row as a value."""
    names = Delivery.__dataclass_fields__.keys() - {"status", "next_attempt_at"}
    is_open = row.done_at is None
    return Delivery(
        **{name: getattr(row, name) for name in names},
        status=_status(row),
        next_attempt_at=row.available_at if is_open else None,
    )


def _status(row: Row) -> Status:
    if row.done_at is not None:
        return "delivered" if row.last_error is None else "failed"
    return "pending" if row.attempts == 0 else "retrying"


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


def _key(tenant_id: str, endpoint_id: str, delivery_id: str) -> dict[str, str]:
    return {
        "tenant_id": tenant_id,
        "endpoint_id": searchable(endpoint_id),
        "id": searchable(delivery_id),
    }


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
