"""What an operator configures: tenants, clients, scopes and resources.

Every edit is one transaction that bumps the tenant's stamp, by which the snapshots of all
processes learn of it; edits of one tenant take turns at its stamp's row.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from authwell.protocol.clients.built_in import CLIENT_ID as BUILT_IN
from authwell.protocol.model import ClientSecret, Event, Resource
from authwell.storage.access.built_ins import ROOT_SLUG, add_built_ins, ensure_built_ins
from authwell.storage.access.edit import AccessEdit
from authwell.storage.configuration import statements as sql
from authwell.storage.configuration.rows import (
    ClientRecord,
    TenantRecord,
    client_record,
    read_resource,
    resource_values,
    tenant_record,
)
from authwell.storage.database import Database, Transaction
from authwell.storage.errors import Conflict
from authwell.storage.statements import Row, Statement
from authwell.storage.values import event_values, is_text, searchable
from authwell.utils.randomness import new_id


class Edit:
    """Changes of one tenant's configuration, all or none; see `Configuration.edit`."""

    def __init__(self, transaction: Transaction, tenant_id: str, now: datetime) -> None:
        """Begun by `Configuration.edit`."""
        self._transaction = transaction
        self._tenant_id = tenant_id
        self._now = now

    def set_tenant(self, record: TenantRecord) -> None:
        """Write the tenant's own row."""
        names = ("slug", "issuer", "name", "policy", "status", "not_before")
        values = {f"new_{name}": getattr(record, name) for name in names}
        values |= {"new_policy": dict(record.policy), "new_updated_at": self._now}
        self._run(sql.SET_TENANT, values)

    def put_client(self, record: ClientRecord) -> None:
        """Write a client, new or not, and all its secrets instead of those before."""
        self._run(
            sql.PUT_CLIENT,
            {
                "client_id": record.client_id,
                "metadata": dict(record.metadata),
                "status": record.status,
                "not_before": record.not_before,
                "created_at": self._now,
                "updated_at": self._now,
            },
        )
        self.set_secrets(record.client_id, record.secrets)

    def set_secrets(self, client_id: str, secrets: Sequence[ClientSecret]) -> None:
        """Write a client's secrets, the oldest first, instead of those before."""
        self._run(sql.DELETE_SECRETS, {"client_id": client_id})
        for number, secret in enumerate(secrets):
            values = {
                "new_id": new_id(),
                "new_tenant_id": self._tenant_id,
                "new_client_id": client_id,
                "new_kind": secret.kind,
                "new_value": secret.value.encode(),
                # Their order is told by their time.
                "new_created_at": self._now + timedelta(microseconds=number),
                "new_expires_at": secret.expires_at,
            }
            self._run(sql.ADD_SECRET, values)

    def delete_client(self, client_id: str) -> bool:
        """Delete a client with its secrets, consents, grants and tokens."""
        return self._run(sql.DELETE_CLIENT, {"client_id": client_id})

    def put_scope(self, name: str, description: str) -> None:
        """Write a scope."""
        self._run(sql.PUT_SCOPE, {"name": name, "description": description})

    def delete_scope(self, name: str) -> bool:
        """Delete a scope; grants that have it keep it."""
        return self._run(sql.DELETE_SCOPE, {"name": name})

    def put_resource(self, resource: Resource) -> None:
        """Write a resource."""
        self._run(sql.PUT_RESOURCE, resource_values(self._tenant_id, resource))

    def delete_resource(self, identifier: str) -> bool:
        """Delete a resource."""
        return self._run(sql.DELETE_RESOURCE, {"identifier": identifier})

    def record(self, event: Event) -> None:
        """Add an audit event to the edit."""
        self._run(sql.ADD_EVENT, event_values(event))

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> bool:
        return bool(self._transaction.all(statement, {"tenant_id": self._tenant_id, **values}))


class Configuration:
    """Reads and edits the configuration; processes work with `Snapshots` of it."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find_tenant(self, slug: str) -> TenantRecord | None:
        """The tenant of that slug, disabled or not."""
        row = self._database.one(sql.FIND_TENANT, {"slug": slug})
        return None if row is None else tenant_record(row)

    def find_stamped_tenant(self, slug: str) -> tuple[TenantRecord, int] | None:
        """The same with the stamp of its configuration, both as of one moment."""
        row = self._database.one(sql.FIND_STAMPED_TENANT, {"slug": slug})
        return None if row is None else (tenant_record(row), int(row.stamp))

    def find_tenant_by_id(self, tenant_id: str) -> TenantRecord | None:
        """The tenant of that id, whatever its status."""
        row = self._database.one(sql.FIND_TENANT_BY_ID, {"tenant_id": tenant_id})
        return None if row is None else tenant_record(row)

    def slug_of_issuer(self, issuer: str) -> str | None:
        """Which tenant has that issuer, byte for byte."""
        row = self._database.one(sql.FIND_SLUG_OF_ISSUER, {"issuer": issuer})
        return None if row is None else str(row.slug)

    def list_tenants(self) -> tuple[TenantRecord, ...]:
        """All tenants."""
        return tuple(tenant_record(row) for row in self._database.all(sql.LIST_TENANTS, {}))

    def ensure_tenant(self, record: TenantRecord) -> TenantRecord:
        """The tenant of the record's slug; it is made if there is none, with its built-in roles.

        Safe for processes that start at once: one of them makes it, all get the same.

        Raises:
            Conflict: another tenant has the issuer.
        """
        values = {
            **{name: getattr(record, name) for name in TenantRecord.__dataclass_fields__},
            "policy": dict(record.policy),
        }
        with self._database.transaction() as transaction:
            if transaction.all(sql.ADD_TENANT, values):
                transaction.all(sql.ADD_STAMP, {"tenant_id": record.id, "now": record.created_at})
                edit = AccessEdit(transaction, record.id, record.created_at)
                add_built_ins(edit, is_root=record.slug == ROOT_SLUG)
        found = self.find_tenant(record.slug)
        if found is None:
            raise Conflict("uq_tenants_issuer")
        return found

    def ensure_built_in_client(self, tenant_id: str, now: datetime) -> None:
        """Keep the row that grants of the built-in client point to; nobody edits it."""
        self._database.write(sql.ADD_BUILT_IN, {"tenant_id": tenant_id, "now": now})

    def ensure_built_in_access(self, tenant_id: str, now: datetime, *, is_root: bool) -> None:
        """Keep the built-in roles and resource types, which an earlier version has not made."""
        ensure_built_ins(self._database, tenant_id, now, is_root=is_root)

    @contextmanager
    def edit(self, tenant_id: str, now: datetime) -> Iterator[Edit]:
        """Change a tenant's configuration in one transaction, and bump its stamp.

        Raises:
            Conflict: a change breaks a constraint; nothing was written.
        """
        with self._database.transaction() as transaction:
            transaction.all(sql.BUMP_STAMP, {"tenant_id": tenant_id, "now": now})
            yield Edit(transaction, tenant_id, now)

    def find_client(self, tenant_id: str, client_id: str) -> ClientRecord | None:
        """The registered client, disabled or not, with its secrets."""
        if client_id == BUILT_IN or not is_text(client_id):
            return None
        key = {"tenant_id": tenant_id, "client_id": client_id}
        row = self._database.one(sql.FIND_CLIENT, key)
        return None if row is None else self._with_secrets(tenant_id, row)

    def list_clients(
        self, tenant_id: str, after: str = "", limit: int = 100
    ) -> tuple[ClientRecord, ...]:
        """A page of clients by client_id; `after` is the last one of the page before."""
        key = {"tenant_id": tenant_id, "after": searchable(after), "limit": limit}
        rows = self._database.all(sql.LIST_CLIENTS, key)
        if not rows:
            return ()
        page = {"first": rows[0].client_id, "last": rows[-1].client_id}
        secrets: dict[str, list[Row]] = {row.client_id: [] for row in rows}
        for secret in self._database.all(sql.LIST_SECRETS, {"tenant_id": tenant_id, **page}):
            # One may have got its first secret, or come, since its page was read.
            secrets.setdefault(secret.client_id, []).append(secret)
        return tuple(client_record(row, secrets[row.client_id]) for row in rows)

    def list_scopes(self, tenant_id: str) -> dict[str, str]:
        """Scope names with what the consent page says of them."""
        rows = self._database.all(sql.LIST_SCOPES, {"tenant_id": tenant_id})
        return {row.name: row.description for row in rows}

    def list_resources(self, tenant_id: str) -> tuple[Resource, ...]:
        """The resources by identifier."""
        rows = self._database.all(sql.LIST_RESOURCES, {"tenant_id": tenant_id})
        return tuple(read_resource(row) for row in rows)

    def _with_secrets(self, tenant_id: str, row: Any) -> ClientRecord:
        key = {"tenant_id": tenant_id, "client_id": row.client_id}
        return client_record(row, self._database.all(sql.FIND_SECRETS, key))
