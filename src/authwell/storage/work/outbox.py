"""The outbox: what leaves the house, written in the transaction of what caused it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Select, bindparam, literal, select, update

from authwell.models.audit import audit_events
from authwell.models.work import outbox
from authwell.protocol.model import Event
from authwell.storage.changes import NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement
from authwell.storage.values import event_values
from authwell.storage.work.queues import Queue, is_ready
from authwell.utils.randomness import new_id

CLAIMED_FOR = timedelta(minutes=2)

ADD_ENTRY = Statement(NewRow(outbox, "new").alone())
ADD_EVENT = Statement(NewRow(audit_events, "event").alone())
LIST_OF_SESSION = Statement(
    select(outbox)
    .where(
        outbox.c.tenant_id == bindparam("tenant_id"),
        outbox.c.session_id == bindparam("session_id"),
        outbox.c.kind == bindparam("kind"),
    )
    .order_by(outbox.c.id)
)
FORGET = Statement(
    update(outbox)
    .where(outbox.c.id == bindparam("id"))
    .values(payload=bindparam("payload", type_=outbox.c.payload.type))
)
_QUEUE = Queue(outbox, due="available_at", only=outbox.c.kind == bindparam("kind"))

Status = Literal["pending", "retrying", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A mail, webhook or logout token on its way; `attempts` counts this claim too."""

    tenant_id: str
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    attempts: int = 0
    session_id: str | None = None
    """The session whose end it tells of."""
    id: str = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class Delivery:
    """How far an entry has come."""

    entry: Entry
    status: Status
    next_attempt_at: datetime | None
    done_at: datetime | None
    last_error: str | None


def add_entry(transaction: Transaction, entry: Entry) -> None:
    """Put an entry into the outbox if the transaction commits."""
    transaction.all(ADD_ENTRY, entry_values(entry))


def add_done_entry(transaction: Transaction, entry: Entry) -> None:
    """Put an entry into the outbox that nobody sends; the clean-up takes it away."""
    transaction.all(ADD_ENTRY, {**entry_values(entry), "new_done_at": entry.created_at})


def entry_values(entry: Entry) -> dict[str, Any]:
    """The row of a new entry, under `new_`."""
    return {
        "new_id": entry.id,
        "new_tenant_id": entry.tenant_id,
        "new_kind": entry.kind,
        "new_session_id": entry.session_id,
        "new_payload": dict(entry.payload),
        "new_created_at": entry.created_at,
        "new_available_at": entry.created_at,
        "new_attempts": 0,
        "new_claimed_until": None,
        "new_done_at": None,
        "new_last_error": None,
    }


class Outbox:
    """Entries are claimed, sent and finished by a worker; each kind has its own."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self.database = database

    def ready(self, kind: str) -> Select[Any]:
        """What a claim would find."""
        is_of_kind = outbox.c.kind == literal(kind)
        return select(outbox.c.id).where(*is_ready(outbox, "available_at"), is_of_kind)

    def claim(self, kind: str, now: datetime, limit: int = 10) -> tuple[Entry, ...]:
        """Claim entries to be sent; who does not finish them loses them after two minutes."""
        rows = _QUEUE.claim(self.database, now, limit, CLAIMED_FOR, {"kind": kind})
        return tuple(_entry(row) for row in rows)

    def finish(
        self, entry: Entry, now: datetime, event: Event | None = None, *, forget: bool = False
    ) -> bool:
        """Note that it was sent, and the event; False if the claim was lost meanwhile.

        Args:
            forget: whether what it said is no longer kept.
        """
        return self._end(entry, now, event, None, forget=forget)

    def give_up(
        self, entry: Entry, error: str, now: datetime, event: Event, *, forget: bool = False
    ) -> bool:
        """Note that it never will be, and the event; False if the claim was lost meanwhile."""
        return self._end(entry, now, event, error, forget=forget)

    def fail(self, entry: Entry, error: str, now: datetime) -> bool:
        """Try again later; False if the claim was lost meanwhile."""
        return _QUEUE.fail(self.database, entry, error, now)

    def list_of_session(self, tenant_id: str, session_id: str, kind: str) -> tuple[Delivery, ...]:
        """What became of the entries of a session."""
        key = {"tenant_id": tenant_id, "session_id": session_id, "kind": kind}
        return tuple(_delivery(row) for row in self.database.all(LIST_OF_SESSION, key))

    def _end(
        self, entry: Entry, now: datetime, event: Event | None, error: str | None, *, forget: bool
    ) -> bool:
        with self.database.transaction() as transaction:
            is_mine = _QUEUE.finish_in(transaction, entry, now, error)
            if is_mine and event is not None:
                transaction.all(ADD_EVENT, event_values(event))
            if is_mine and forget:
                transaction.all(FORGET, {"id": entry.id, "payload": {}})
            return is_mine


def _entry(row: Row) -> Entry:
    return Entry(
        tenant_id=row.tenant_id,
        kind=row.kind,
        payload=row.payload,
        created_at=row.created_at,
        attempts=row.attempts,
        session_id=row.session_id,
        id=row.id,
    )


def _delivery(row: Row) -> Delivery:
    is_open = row.done_at is None
    return Delivery(
        entry=_entry(row),
        status=_status(row),
        next_attempt_at=row.available_at if is_open else None,
        done_at=row.done_at,
        last_error=row.last_error,
    )


def _status(row: Row) -> Status:
    if row.done_at is not None:
        return "delivered" if row.last_error is None else "failed"
    return "pending" if row.last_error is None else "retrying"
