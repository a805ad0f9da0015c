"""The log of webhooks: what became of each delivery, and sending one again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, bindparam, null, select, update

from authwell.models.base import UtcDateTime
from authwell.models.webhooks import webhook_deliveries
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.database import Database
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

Status = Literal["pending", "retrying", "delivered", "failed"]

_deliveries = webhook_deliveries
_NOW: Any = bindparam("now", type_=UtcDateTime())
_OF_ENDPOINT = (
    _deliveries.c.tenant_id == bindparam("tenant_id"),
    _deliveries.c.endpoint_id == bindparam("endpoint_id"),
)
_IS_ASKED_FOR = (*_OF_ENDPOINT, _deliveries.c.id == bindparam("id"))
_IS_DONE = _deliveries.c.done_at.is_not(None)

FIND = Statement(select(_deliveries).where(*_IS_ASKED_FOR))
REPLAY = Statement(
    update(_deliveries)
    .where(*_IS_ASKED_FOR, _IS_DONE)
    .values(
        done_at=null(),
        claimed_until=null(),
        attempts=0,
        begun_at=_NOW,
        available_at=_NOW,
    )
    .returning(*_deliveries.c)
)
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


class DeliveryLog:
    """The deliveries of each endpoint, for whoever looks after it."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str, endpoint_id: str, delivery_id: str) -> Delivery | None:
        """One delivery of an endpoint."""
        key = _key(tenant_id, endpoint_id, delivery_id)
        row = self._database.one(FIND, key)
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
        return _PAGES.read(self._database, wanted, key, filters)

    def replay(
        self, tenant_id: str, endpoint_id: str, delivery_id: str, event: Event
    ) -> Delivery | None:
        """Send one again that was delivered or given up; None if there is none such."""
        key = _key(tenant_id, endpoint_id, delivery_id)
        with self._database.transaction() as transaction:
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


def _key(tenant_id: str, endpoint_id: str, delivery_id: str) -> dict[str, str]:
    return {
        "tenant_id": tenant_id,
        "endpoint_id": searchable(endpoint_id),
        "id": searchable(delivery_id),
    }
