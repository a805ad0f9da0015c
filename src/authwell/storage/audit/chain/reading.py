"""Reading a tenant's events in the order of their chain."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Integer, bindparam, func, literal_column, or_, select

from authwell.models.audit import audit_events, audit_redactions
from authwell.protocol.events import EventType
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement

PAGE_SIZE: Final = 1000

_TENANT: Any = bindparam("tenant_id")
PAGE = Statement(
    select(audit_events)
    .where(
        audit_events.c.tenant_id == _TENANT,
        audit_events.c.seq.is_not(None),
        audit_events.c.seq > bindparam("after"),
    )
    .order_by(audit_events.c.seq, audit_events.c.id)
    .limit(bindparam("limit", type_=Integer()))
)
# A page ends in the middle of events that have one number: these are read with an offset.
REST = Statement(
    select(audit_events)
    .where(
        audit_events.c.tenant_id == _TENANT,
        audit_events.c.seq == bindparam("seq"),
        audit_events.c.id > bindparam("after_id"),
    )
    .order_by(audit_events.c.id)
)
WAITING = Statement(
    select(func.count().label("number"))
    .select_from(audit_events)
    .where(audit_events.c.seq.is_(None), audit_events.c.tenant_id == _TENANT)
)
LATER_ERASURE = Statement(
    select(audit_events.c.data).where(
        audit_events.c.tenant_id == _TENANT,
        audit_events.c.id == bindparam("event_id"),
        audit_events.c.type == literal_column(f"'{EventType.ACCOUNT_ERASED}'"),
        or_(audit_events.c.seq.is_(None), audit_events.c.seq > bindparam("after")),
    )
)
OF_EVENT = Statement(
    select(audit_redactions)
    .where(
        audit_redactions.c.tenant_id == _TENANT,
        audit_redactions.c.event_id == bindparam("event_id"),
    )
    .order_by(audit_redactions.c.erasure_id)
)
ERASURES = Statement(
    select(audit_redactions.c.erasure_id, audit_redactions.c.event_id, audit_redactions.c.redacted)
    .where(audit_redactions.c.tenant_id == _TENANT)
    .order_by(audit_redactions.c.erasure_id, audit_redactions.c.event_id)
)


@dataclass(frozen=True, slots=True)
class ChainReader:
    """Reads one tenant's chain, some at a time."""

    database: Database
    tenant_id: str

    def events(self, after: int = 0, page: int = PAGE_SIZE) -> Iterator[Row]:
        """Chained events with a greater number, each once, also those that share one."""
        while True:
            key = {"tenant_id": self.tenant_id, "after": after, "limit": page}
            rows = self.database.all(PAGE, key)
            yield from rows
            if len(rows) < page:
                return
            after = rows[-1].seq
            last = {"tenant_id": self.tenant_id, "seq": after, "after_id": rows[-1].id}
            yield from self.database.all(REST, last)

    def hash_of(self, seq: int) -> bytes | None:
        """The hash of the event of that number; None if it is missing, or is not one."""
        rows = self.database.all(PAGE, {"tenant_id": self.tenant_id, "after": seq - 1, "limit": 1})
        return bytes(rows[0].hash) if rows and rows[0].seq == seq else None

    def waiting(self) -> int:
        """How many events are not chained yet."""
        row = self.database.one(WAITING, {"tenant_id": self.tenant_id})
        return int(row.number) if row is not None else 0

    def redactions(self, event_id: str) -> list[Row]:
        """What erasures have changed in an event, in their order."""
        return self.database.all(OF_EVENT, {"tenant_id": self.tenant_id, "event_id": event_id})

    def later_erasure(self, event_id: str, seq: int) -> str | None:
        """What an erasure says it has changed whose event is not chained yet, or comes later."""
        key = {"tenant_id": self.tenant_id, "event_id": event_id, "after": seq}
        row = self.database.one(LATER_ERASURE, key)
        return None if row is None else str(row.data.get("digest"))

    def erasures(self) -> list[Row]:
        """All redactions of the tenant, by erasure and event."""
        return self.database.all(ERASURES, {"tenant_id": self.tenant_id})
