"""Events that are to be sent: the audit log is read behind the writers, once for all endpoints.

An event is committed with the change it tells of, so none is lost and no request does more
because somebody listens. What commits late is found because each look begins a while before the
end of the last one; the key of a delivery keeps an event from being sent twice.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Integer, and_, bindparam, exists, literal_column, or_, select, update
from sqlalchemy.dialects import postgresql

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.tenants import tenants
from authwell.models.webhooks import webhook_cursors, webhook_deliveries, webhook_endpoints
from authwell.protocol.model import Event
from authwell.storage.audit.events import read_event
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Statement
from authwell.storage.webhooks.endpoints import Endpoint, read_endpoint
from authwell.utils.randomness import new_id

LAG: Final = timedelta(minutes=2)
"""How late after its time an event may be committed, with machines whose clocks differ."""
CATCH_UP: Final = timedelta(days=3)
"""Older events are not sent any more, if nobody looked for so long."""
PAGE: Final = 500

_SINCE: Any = bindparam("since", type_=UtcDateTime())
_UNTIL: Any = bindparam("until", type_=UtcDateTime())

LIST_LISTENERS = Statement(
    select(*webhook_endpoints.c, tenants.c.slug, webhook_cursors.c.looked_until)
    .select_from(
        webhook_endpoints.join(tenants, tenants.c.id == webhook_endpoints.c.tenant_id).join(
            webhook_cursors, webhook_cursors.c.tenant_id == webhook_endpoints.c.tenant_id
        )
    )
    .where(webhook_endpoints.c.status == "active", tenants.c.status == "active")
    .order_by(webhook_endpoints.c.tenant_id, webhook_endpoints.c.id)
)
ADD_DELIVERY = Statement(
    # SQLite compiles PostgreSQL's ON CONFLICT too.
    postgresql.insert(webhook_deliveries)
    .values(
        {
            column.name: bindparam(f"new_{column.name}", type_=column.type)
            for column in webhook_deliveries.columns
        }
    )
    .on_conflict_do_nothing()
)
MOVE_CURSOR = Statement(
    update(webhook_cursors)
    .where(
        webhook_cursors.c.tenant_id == bindparam("tenant_id"),
        webhook_cursors.c.looked_until < _UNTIL,
    )
    .values(looked_until=_UNTIL)
)


@dataclass(frozen=True, slots=True)
class Listeners:
    """The active endpoints of a tenant, and from when on its events are to be looked through."""

    tenant_id: str
    slug: str
    endpoints: tuple[Endpoint, ...]
    looked_until: datetime

    def since(self, now: datetime) -> datetime:
        """The beginning of the next look."""
        active_since = min(endpoint.active_since for endpoint in self.endpoints)
        return max(self.looked_until - LAG, active_since, now - CATCH_UP)


@dataclass(frozen=True, slots=True)
class Message:
    """An event as one endpoint gets it."""

    endpoint: Endpoint
    event_id: str
    event_type: str
    subject: str
    body: str


class Pending:
    """Finds events that are not on their way yet, and puts them there."""

    def __init__(self, database: Database, offered: Collection[str]) -> None:
        """Work on one database.

        Args:
            database: where.
            offered: the types of events that are ever sent.
        """
        self._database = database
        self._list_events = _list_events(offered)

    def listeners(self) -> Iterator[Listeners]:
        """The tenants that somebody listens to."""
        rows = self._database.all(LIST_LISTENERS, {})
        for tenant_id, found in groupby(rows, lambda row: str(row.tenant_id)):
            of_tenant = list(found)
            first = of_tenant[0]
            endpoints = tuple(read_endpoint(row) for row in of_tenant)
            yield Listeners(tenant_id, first.slug, endpoints, first.looked_until)

    def pages(
        self, tenant_id: str, since: datetime, until: datetime
    ) -> Iterator[tuple[Event, ...]]:
        """Events of a time that are on their way to nobody, the oldest first."""
        after = ""
        while True:
            key = {"tenant_id": tenant_id, "since": since, "until": until, "after": after}
            rows = self._database.all(self._list_events, {**key, "limit": PAGE})
            if rows:
                yield tuple(read_event(row) for row in rows)
                since, after = rows[-1].at, rows[-1].id
            if len(rows) < PAGE:
                return

    def put(self, messages: Collection[Message], now: datetime) -> None:
        """Put messages on their way, all or none; one that is there already stays as it is."""
        with self._database.transaction() as transaction:
            for message in messages:
                put_message(transaction, message, now)

    def note_look(self, tenant_id: str, until: datetime) -> None:
        """The next look begins there, less `LAG`."""
        self._database.write(MOVE_CURSOR, {"tenant_id": tenant_id, "until": until})


def put_message(transaction: Transaction, message: Message, now: datetime) -> str:
    """Put a message on its way if the transaction commits; the id of its delivery."""
    values = {
        "id": new_id(now),
        "tenant_id": message.endpoint.tenant_id,
        "endpoint_id": message.endpoint.id,
        "event_id": message.event_id,
        "event_type": message.event_type,
        "subject": message.subject,
        "body": message.body,
        "created_at": now,
        "begun_at": now,
        "available_at": now,
        "attempts": 0,
        "claimed_until": None,
        "done_at": None,
        "last_error": None,
        "last_status": None,
        "last_attempt_at": None,
    }
    transaction.all(ADD_DELIVERY, {f"new_{name}": value for name, value in values.items()})
    return str(values["id"])


def _list_events(offered: Collection[str]) -> Statement:
    is_on_its_way = exists(
        select(literal_column("1")).where(webhook_deliveries.c.event_id == audit_events.c.id)
    )
    return Statement(
        select(audit_events)
        .where(
            audit_events.c.tenant_id == bindparam("tenant_id"),
            audit_events.c.at >= _SINCE,
            audit_events.c.at <= _UNTIL,
            or_(
                audit_events.c.at > _SINCE,
                and_(audit_events.c.at == _SINCE, audit_events.c.id > bindparam("after")),
            ),
            audit_events.c.type.in_([literal_column(f"'{kind}'") for kind in sorted(offered)]),
            ~is_on_its_way,
        )
        .order_by(audit_events.c.at, audit_events.c.id)
        .limit(bindparam("limit", type_=Integer()))
    )
