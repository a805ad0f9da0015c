"""Endpoints of webhooks: who receives which events of a tenant."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql

from authwell.models.base import UtcDateTime
from authwell.models.tenants import tenants
from authwell.models.webhooks import webhook_cursors, webhook_endpoints
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.changes import NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

Status = Literal["active", "disabled"]
ALL_TYPES = "*"
"""Among the types of an endpoint: whatever is offered, now and later."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """What messages are signed with, sealed; the one before is good until a time."""

    current: bytes = field(repr=False)
    previous: bytes | None = field(default=None, repr=False)
    previous_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A receiver of events.

    Attributes:
        name: by which people and files know it, once in a tenant.
        problem: why the server has disabled it by itself.
        active_since: events before are not for it.
        failures: attempts in a row that brought nothing.
    """

    id: str
    tenant_id: str
    name: str
    url: str
    description: str
    event_types: tuple[str, ...]
    status: Status
    secrets: Secrets
    created_at: datetime
    updated_at: datetime
    active_since: datetime
    problem: str | None = None
    failures: int = 0

    def wants(self, event_type: str) -> bool:
        """Whether it has asked for events of this type."""
        return ALL_TYPES in self.event_types or event_type in self.event_types


_TENANT_ID: Any = bindparam("tenant_id")
_ID: Any = bindparam("id")
_OF_TENANT = webhook_endpoints.c.tenant_id == _TENANT_ID
_ONE = (_OF_TENANT, webhook_endpoints.c.id == _ID)
_IS_UNCHANGED = webhook_endpoints.c.updated_at == bindparam("before", type_=UtcDateTime())
_WRITTEN = (
    *("name", "url", "description", "event_types", "status", "problem"),
    *("secret", "old_secret", "old_secret_until", "updated_at", "active_since", "failures"),
)

ADD = Statement(NewRow(webhook_endpoints, "new").alone())
FIND = Statement(select(webhook_endpoints).where(*_ONE))
FIND_BY_NAME = Statement(
    select(webhook_endpoints).where(_OF_TENANT, webhook_endpoints.c.name == bindparam("name"))
)
PAGES = Pages(select(webhook_endpoints).where(_OF_TENANT), {"name": (webhook_endpoints.c.name,)})
COUNT = Statement(
    select(func.count().label("number")).select_from(webhook_endpoints).where(_OF_TENANT)
)
LOCK_TENANT = Statement(
    select(tenants.c.id).where(tenants.c.id == _TENANT_ID).with_for_update(key_share=True)
)
CHANGE = Statement(
    update(webhook_endpoints)
    .where(*_ONE, _IS_UNCHANGED)
    .values(
        {name: bindparam(f"new_{name}", type_=webhook_endpoints.c[name].type) for name in _WRITTEN}
    )
    .returning(webhook_endpoints.c.id)
)
DISABLE = Statement(
    update(webhook_endpoints)
    .where(*_ONE, webhook_endpoints.c.status == "active")
    .values(
        status="disabled",
        problem=bindparam("problem"),
        updated_at=bindparam("now", type_=UtcDateTime()),
    )
    .returning(webhook_endpoints.c.id)
)
DELETE = Statement(
    delete(webhook_endpoints).where(*_ONE, _IS_UNCHANGED).returning(webhook_endpoints.c.id)
)
ADD_CURSOR = Statement(
    postgresql.insert(webhook_cursors)
    .values(tenant_id=_TENANT_ID, looked_until=bindparam("now", type_=UtcDateTime()))
    .on_conflict_do_nothing()
)


class Endpoints:
    """The endpoints of all tenants; every call names its tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str, endpoint_id: str) -> Endpoint | None:
        """The endpoint with that id."""
        key = {"tenant_id": tenant_id, "id": searchable(endpoint_id)}
        row = self._database.one(FIND, key)
        return None if row is None else read_endpoint(row)

    def find_by_name(self, tenant_id: str, name: str) -> Endpoint | None:
        """The endpoint of that name."""
        key = {"tenant_id": tenant_id, "name": searchable(name)}
        row = self._database.one(FIND_BY_NAME, key)
        return None if row is None else read_endpoint(row)

    def page(self, tenant_id: str, wanted: Wanted) -> Found:
        """A page of endpoints."""
        return PAGES.read(self._database, wanted, {"tenant_id": tenant_id})

    def add(self, endpoint: Endpoint, most: int, event: Event) -> bool:
        """Keep a new one, unless the tenant has `most` already.

        Raises:
            Conflict: there is one of that name.
        """
        with self._database.transaction() as transaction:
            return add_endpoint(transaction, endpoint, most, event)

    def change(self, endpoint: Endpoint, before: datetime, event: Event) -> bool:
        """Write it over what was read; False if somebody else has changed it since `before`.

        Raises:
            Conflict: another one has its name.
        """
        with self._database.transaction() as transaction:
            return change_endpoint(transaction, endpoint, before, event)

    def delete(self, endpoint: Endpoint, event: Event) -> bool:
        """Delete one with its deliveries; False if somebody else has changed it since."""
        with self._database.transaction() as transaction:
            return delete_endpoint(transaction, endpoint, event)


def add_endpoint(transaction: Transaction, endpoint: Endpoint, most: int, event: Event) -> bool:
    """Keep a new one if the transaction commits, unless the tenant has `most` already."""
    key = {"tenant_id": endpoint.tenant_id}
    # Two that are made at once shall not both be the last one that is allowed.
    transaction.one(LOCK_TENANT, key)
    counted = transaction.one(COUNT, key)
    if counted is None or counted.number >= most:
        return False
    values = {
        **_values(endpoint),
        "new_id": endpoint.id,
        "new_tenant_id": endpoint.tenant_id,
        "new_created_at": endpoint.created_at,
        "new_rests_until": None,
        "new_served_at": None,
    }
    transaction.all(ADD, values)
    transaction.all(ADD_CURSOR, {**key, "now": endpoint.created_at})
    add_event(transaction, event)
    return True


def change_endpoint(
    transaction: Transaction, endpoint: Endpoint, before: datetime, event: Event
) -> bool:
    """Write it if the transaction commits, and if nobody has changed it since `before`."""
    key = {"tenant_id": endpoint.tenant_id, "id": endpoint.id, "before": before}
    if not transaction.all(CHANGE, {**key, **_values(endpoint)}):
        return False
    add_event(transaction, event)
    return True


def delete_endpoint(transaction: Transaction, endpoint: Endpoint, event: Event) -> bool:
    """Delete one with its deliveries if the transaction commits, and if it is as it was read."""
    key = {"tenant_id": endpoint.tenant_id, "id": endpoint.id, "before": endpoint.updated_at}
    if not transaction.all(DELETE, key):
        return False
    add_event(transaction, event)
    return True


def disable_endpoint(
    transaction: Transaction, tenant_id: str, endpoint_id: str, problem: str, event: Event
) -> None:
    """Send nothing there any more, for a reason that its owners read; once."""
    key = {"tenant_id": tenant_id, "id": endpoint_id, "problem": problem, "now": event.at}
    if transaction.all(DISABLE, key):
        add_event(transaction, event)


def read_endpoint(row: Row) -> Endpoint:
    """A row as a value."""
    return Endpoint(
        id=row.id,
        tenant_id=row.tenant_id,
        name=row.name,
        url=row.url,
        description=row.description,
        event_types=tuple(row.event_types),
        status=row.status,
        secrets=Secrets(row.secret, row.old_secret, row.old_secret_until),
        created_at=row.created_at,
        updated_at=row.updated_at,
        active_since=row.active_since,
        problem=row.problem,
        failures=row.failures,
    )


def _values(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "new_name": endpoint.name,
        "new_url": endpoint.url,
        "new_description": endpoint.description,
        "new_event_types": list(endpoint.event_types),
        "new_status": endpoint.status,
        "new_problem": endpoint.problem,
        "new_secret": endpoint.secrets.current,
        "new_old_secret": endpoint.secrets.previous,
        "new_old_secret_until": endpoint.secrets.previous_until,
        "new_updated_at": endpoint.updated_at,
        "new_active_since": endpoint.active_since,
        "new_failures": endpoint.failures,
    }
