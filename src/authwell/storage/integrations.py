"""Integrations, and the messages that they have sent: each is taken once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Integer, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql

from authwell.models.base import UtcDateTime
from authwell.models.integrations import integrations, received_messages
from authwell.models.tenants import tenants
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.changes import NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

Status = Literal["active", "disabled"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """A key as its digest, and a secret sealed."""

    key_digest: bytes = field(repr=False)
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Integration:
    """Another system of a tenant.

    Attributes:
        previous: key and secret before the present ones, which are good until `previous_until`.
    """

    id: str
    tenant_id: str
    type: str
    name: str
    description: str
    config: Mapping[str, Any]
    status: Status
    current: Credentials
    created_at: datetime
    updated_at: datetime
    previous: Credentials | None = None
    previous_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A message of an integration."""

    integration_id: str
    message_id: str
    tenant_id: str
    type: str
    body_digest: bytes
    payload: Mapping[str, Any]
    received_at: datetime


_TENANT_ID: Any = bindparam("tenant_id")
_ONE = (integrations.c.tenant_id == _TENANT_ID, integrations.c.id == bindparam("id"))
_IS_UNCHANGED = integrations.c.updated_at == bindparam("before", type_=UtcDateTime())
_WRITTEN = tuple(
    column.name
    for column in integrations.columns
    if column.name not in {"id", "tenant_id", "created_at"}
)
_NOW: Any = bindparam("now", type_=UtcDateTime())
_DIGEST: Any = bindparam("key_digest")

ADD = Statement(NewRow(integrations, "new").alone())
FIND = Statement(select(integrations).where(*_ONE))
FIND_BY_KEY = Statement(
    select(integrations)
    .select_from(integrations.join(tenants, tenants.c.id == integrations.c.tenant_id))
    .where(
        integrations.c.tenant_id == _TENANT_ID,
        or_(
            integrations.c.key_digest == _DIGEST,
            and_(integrations.c.old_key_digest == _DIGEST, integrations.c.old_until > _NOW),
        ),
        integrations.c.status == "active",
        tenants.c.status == "active",
    )
)
FIND_BY_NAME = Statement(
    select(integrations).where(
        integrations.c.tenant_id == _TENANT_ID, integrations.c.name == bindparam("name")
    )
)
PAGES = Pages(
    select(integrations).where(integrations.c.tenant_id == _TENANT_ID),
    {"name": (integrations.c.name,)},
    {"type": integrations.c.type == bindparam("type")},
)
LOCK_TENANT = Statement(
    select(tenants.c.id).where(tenants.c.id == _TENANT_ID).with_for_update(key_share=True)
)
COUNT = Statement(
    select(func.count(type_=Integer()).label("number"))
    .select_from(integrations)
    .where(integrations.c.tenant_id == _TENANT_ID)
)
CHANGE = Statement(
    update(integrations)
    .where(*_ONE, _IS_UNCHANGED)
    .values({name: bindparam(f"new_{name}", type_=integrations.c[name].type) for name in _WRITTEN})
    .returning(integrations.c.id)
)
DELETE = Statement(delete(integrations).where(*_ONE, _IS_UNCHANGED).returning(integrations.c.id))
TAKE = Statement(
    # SQLite compiles PostgreSQL's ON CONFLICT too.
    postgresql.insert(received_messages)
    .values(
        {
            column.name: bindparam(f"new_{column.name}", type_=column.type)
            for column in received_messages.columns
        }
    )
    .on_conflict_do_nothing()
    .returning(received_messages.c.message_id)
)
FIND_MESSAGE = Statement(
    select(received_messages.c.body_digest).where(
        received_messages.c.integration_id == bindparam("integration_id"),
        received_messages.c.message_id == bindparam("message_id"),
    )
)
MESSAGES = Pages(
    select(received_messages).where(
        received_messages.c.tenant_id == _TENANT_ID,
        received_messages.c.integration_id == bindparam("integration_id"),
    ),
    {"received_at": (received_messages.c.received_at, received_messages.c.message_id)},
)


class Integrations:
    """The integrations of all tenants; every call names its tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str, integration_id: str) -> Integration | None:
        """The integration with that id."""
        key = {"tenant_id": tenant_id, "id": searchable(integration_id)}
        row = self._database.one(FIND, key)
        return None if row is None else read_integration(row)

    def find_by_name(self, tenant_id: str, name: str) -> Integration | None:
        """The integration of that name."""
        key = {"tenant_id": tenant_id, "name": searchable(name)}
        row = self._database.one(FIND_BY_NAME, key)
        return None if row is None else read_integration(row)

    def find_by_key(self, tenant_id: str, key_digest: bytes, now: datetime) -> Integration | None:
        """The active integration that a key is good for now."""
        key = {"tenant_id": tenant_id, "key_digest": key_digest, "now": now}
        row = self._database.one(FIND_BY_KEY, key)
        return None if row is None else read_integration(row)

    def page(
        self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any] | None = None
    ) -> Found:
        """A page of integrations."""
        return PAGES.read(self._database, wanted, {"tenant_id": tenant_id}, filters)

    def add(self, integration: Integration, most: int, event: Event) -> bool:
        """Keep a new one, unless the tenant has `most` already.

        Raises:
            Conflict: there is one of that name.
        """
        with self._database.transaction() as transaction:
            return add_integration(transaction, integration, most, event)

    def change(self, integration: Integration, before: datetime, event: Event) -> bool:
        """Write it over what was read; False if somebody else has changed it since `before`.

        Raises:
            Conflict: another one has its name.
        """
        with self._database.transaction() as transaction:
            return change_integration(transaction, integration, before, event)

    def delete(self, integration: Integration, event: Event) -> bool:
        """Delete it with its messages; False if somebody else has changed it since."""
        key = {"tenant_id": integration.tenant_id, "id": integration.id}
        return self._decided(DELETE, {**key, "before": integration.updated_at}, event)

    def take(self, message: Received, event: Event) -> bool:
        """Keep a message with its event; False if there is one of its id already."""
        values = {f"new_{n}": getattr(message, n) for n in Received.__dataclass_fields__}
        return self._decided(TAKE, {**values, "new_payload": dict(message.payload)}, event)

    def digest_of(self, integration_id: str, message_id: str) -> bytes | None:
        """The digest of the message that was taken under an id."""
        key = {"integration_id": integration_id, "message_id": message_id}
        row = self._database.one(FIND_MESSAGE, key)
        return None if row is None else bytes(row.body_digest)

    def messages(self, tenant_id: str, integration_id: str, wanted: Wanted) -> Found:
        """A page of what an integration has sent; its rows have the members of `Received`."""
        key = {"tenant_id": tenant_id, "integration_id": integration_id}
        return MESSAGES.read(self._database, wanted, key)

    def _decided(self, statement: Statement, values: Mapping[str, Any], event: Event) -> bool:
        with self._database.transaction() as transaction:
            return _decided(transaction, statement, values, event)


def add_integration(
    transaction: Transaction, integration: Integration, most: int, event: Event
) -> bool:
    """Keep a new one if the transaction commits, unless the tenant has `most` already."""
    # Two that are made at once shall not both be the last one that is allowed.
    key = {"tenant_id": integration.tenant_id}
    transaction.one(LOCK_TENANT, key)
    counted = transaction.one(COUNT, key)
    if counted is None or counted.number >= most:
        return False
    own = {"new_id": integration.id, "new_tenant_id": integration.tenant_id}
    values = {**_values(integration), **own, "new_created_at": integration.created_at}
    transaction.all(ADD, values)
    add_event(transaction, event)
    return True


def change_integration(
    transaction: Transaction, integration: Integration, before: datetime, event: Event
) -> bool:
    """Write it if the transaction commits, and if nobody has changed it since `before`."""
    key = {"tenant_id": integration.tenant_id, "id": integration.id, "before": before}
    return _decided(transaction, CHANGE, {**key, **_values(integration)}, event)


def _decided(
    transaction: Transaction, statement: Statement, values: Mapping[str, Any], event: Event
) -> bool:
    """Run what decides, and add the event if it did."""
    is_decided = bool(transaction.all(statement, values))
    if is_decided:
        add_event(transaction, event)
    return is_decided


def read_integration(row: Row) -> Integration:
    """A row as a value."""
    has_previous = row.old_key_digest is not None and row.old_secret is not None
    return Integration(
        id=row.id,
        tenant_id=row.tenant_id,
        type=row.type,
        name=row.name,
        description=row.description,
        config=row.config,
        status=row.status,
        current=Credentials(row.key_digest, row.secret),
        created_at=row.created_at,
        updated_at=row.updated_at,
        previous=Credentials(row.old_key_digest, row.old_secret) if has_previous else None,
        previous_until=row.old_until,
    )


def _values(integration: Integration) -> dict[str, Any]:
    previous = integration.previous
    return {
        "new_type": integration.type,
        "new_name": integration.name,
        "new_description": integration.description,
        "new_config": dict(integration.config),
        "new_status": integration.status,
        "new_key_digest": integration.current.key_digest,
        "new_secret": integration.current.secret,
        "new_old_key_digest": previous.key_digest if previous is not None else None,
        "new_old_secret": previous.secret if previous is not None else None,
        "new_old_until": integration.previous_until,
        "new_updated_at": integration.updated_at,
    }
