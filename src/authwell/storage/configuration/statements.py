"""The statements of the configuration, compiled once."""

from typing import Any

from sqlalchemy import Integer, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql

from authwell.models.access import resources, scopes
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.clients import client_secrets, clients
from authwell.models.registrations import client_registrations
from authwell.models.tenants import config_stamps, tenants
from authwell.protocol.clients.built_in import CLIENT_ID as BUILT_IN
from authwell.storage.changes import NewRow
from authwell.storage.statements import Statement
from authwell.storage.upserts import upsert

_TENANT_ID: Any = bindparam("tenant_id")
_IS_THE_CLIENT = (
    clients.c.tenant_id == _TENANT_ID,
    clients.c.client_id == bindparam("client_id"),
)

FIND_TENANT = Statement(select(tenants).where(tenants.c.slug == bindparam("slug")))
FIND_STAMPED_TENANT = Statement(
    select(tenants, config_stamps.c.stamp)
    .select_from(tenants.join(config_stamps, config_stamps.c.tenant_id == tenants.c.id))
    .where(tenants.c.slug == bindparam("slug"))
)
FIND_TENANT_BY_ID = Statement(select(tenants).where(tenants.c.id == _TENANT_ID))
FIND_SLUG_OF_ISSUER = Statement(
    select(tenants.c.slug).where(tenants.c.issuer == bindparam("issuer"))
)
LIST_TENANTS = Statement(select(tenants).order_by(tenants.c.slug))
ADD_TENANT = Statement(
    postgresql.insert(tenants)
    .values({column.name: bindparam(column.name) for column in tenants.columns})
    .on_conflict_do_nothing()
    .returning(tenants.c.id)
)
ADD_STAMP = Statement(
    postgresql.insert(config_stamps)
    .values(
        tenant_id=_TENANT_ID,
        stamp=1,
        access_stamp=0,
        updated_at=bindparam("now", type_=UtcDateTime()),
    )
    .on_conflict_do_nothing()
)
BUMP_STAMP = Statement(
    update(config_stamps)
    .where(config_stamps.c.tenant_id == _TENANT_ID)
    .values(stamp=config_stamps.c.stamp + 1, updated_at=bindparam("now", type_=UtcDateTime()))
    .returning(config_stamps.c.stamp)
)
SET_TENANT = Statement(
    update(tenants)
    .where(tenants.c.id == _TENANT_ID)
    .values(
        {
            name: bindparam(f"new_{name}", type_=tenants.c[name].type)
            for name in ("slug", "issuer", "name", "policy", "status", "not_before", "updated_at")
        }
    )
)
ADD_EVENT = Statement(NewRow(audit_events, "event").alone())

CLIENTS = select(
    clients, client_registrations.c.origin, client_registrations.c.used_at
).select_from(clients.outerjoin(client_registrations))
FIND_CLIENT = Statement(CLIENTS.where(*_IS_THE_CLIENT))
LIST_CLIENTS = Statement(
    CLIENTS.where(
        clients.c.tenant_id == _TENANT_ID,
        clients.c.client_id > bindparam("after"),
        clients.c.client_id != BUILT_IN,
    )
    .order_by(clients.c.client_id)
    .limit(bindparam("limit", type_=Integer()))
)
FIND_SECRETS = Statement(
    select(client_secrets.c.kind, client_secrets.c.value, client_secrets.c.expires_at)
    .where(
        client_secrets.c.tenant_id == _TENANT_ID,
        client_secrets.c.client_id == bindparam("client_id"),
    )
    .order_by(client_secrets.c.created_at, client_secrets.c.id)
)
LIST_SECRETS = Statement(
    select(
        client_secrets.c.client_id,
        client_secrets.c.kind,
        client_secrets.c.value,
        client_secrets.c.expires_at,
    )
    .where(
        client_secrets.c.tenant_id == _TENANT_ID,
        client_secrets.c.client_id.between(bindparam("first"), bindparam("last")),
    )
    .order_by(client_secrets.c.client_id, client_secrets.c.created_at, client_secrets.c.id)
)
PUT_CLIENT = Statement(upsert(clients, keep=("created_at",)))
ADD_BUILT_IN = Statement(
    postgresql.insert(clients)
    .values(
        tenant_id=_TENANT_ID,
        client_id=BUILT_IN,
        metadata={},
        status="active",
        created_at=bindparam("now", type_=UtcDateTime()),
        updated_at=bindparam("now", type_=UtcDateTime()),
    )
    .on_conflict_do_nothing()
)
DELETE_CLIENT = Statement(delete(clients).where(*_IS_THE_CLIENT).returning(clients.c.client_id))
DELETE_SECRETS = Statement(
    delete(client_secrets).where(
        client_secrets.c.tenant_id == _TENANT_ID,
        client_secrets.c.client_id == bindparam("client_id"),
    )
)
ADD_SECRET = Statement(NewRow(client_secrets, "new").alone())

LIST_SCOPES = Statement(
    select(scopes).where(scopes.c.tenant_id == _TENANT_ID).order_by(scopes.c.name)
)
PUT_SCOPE = Statement(upsert(scopes))
DELETE_SCOPE = Statement(
    delete(scopes)
    .where(scopes.c.tenant_id == _TENANT_ID, scopes.c.name == bindparam("name"))
    .returning(scopes.c.name)
)
LIST_RESOURCES = Statement(
    select(resources).where(resources.c.tenant_id == _TENANT_ID).order_by(resources.c.identifier)
)
PUT_RESOURCE = Statement(upsert(resources))
DELETE_RESOURCE = Statement(
    delete(resources)
    .where(resources.c.tenant_id == _TENANT_ID, resources.c.identifier == bindparam("identifier"))
    .returning(resources.c.identifier)
)
