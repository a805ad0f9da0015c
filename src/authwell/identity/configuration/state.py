"""The configuration as it stands, read from storage at one stamp."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from authwell.identity.configuration.access import StoredAccess
from authwell.identity.configuration.connections.stored import StoredConnections
from authwell.identity.configuration.problems import NotFound
from authwell.protocol import scopes
from authwell.protocol.model import Resource
from authwell.storage.access.reading import list_roles
from authwell.storage.access.records import RoleRecord
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import ClientRecord, TenantRecord
from authwell.storage.database import Database
from authwell.storage.login.credentials import Credentials
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.tenancy.blocks import BlockRecord, TenantBlocks

PAGE = 500


class StoredClients:
    """The clients of a tenant, each read once and only if it is asked for."""

    def __init__(self, configuration: Configuration, tenant_id: str) -> None:
        """Read nothing yet."""
        self._configuration = configuration
        self._tenant_id = tenant_id
        self._known: dict[str, ClientRecord | None] = {}

    def find(self, client_id: str) -> ClientRecord | None:
        """The client, disabled or not."""
        if client_id not in self._known:
            self._known[client_id] = self._configuration.find_client(self._tenant_id, client_id)
        return self._known[client_id]

    def __iter__(self) -> Iterator[ClientRecord]:
        """All of them, by client_id."""
        after = ""
        while page := self._configuration.list_clients(self._tenant_id, after, PAGE):
            yield from page
            after = page[-1].client_id


class StoredPeople:
    """The accounts of a tenant."""

    def __init__(self, database: Database, tenant_id: str) -> None:
        """Read nothing yet."""
        self._accounts = Accounts(database)
        self._credentials = Credentials(database)
        self._tenant_id = tenant_id

    def find(self, account_id: str) -> AccountRecord | None:
        """The account with that id."""
        return self._accounts.find(self._tenant_id, account_id)

    def find_by_name(self, canonical: str) -> AccountRecord | None:
        """The account with that canonical user name, else with that canonical e-mail address."""
        return self._accounts.find_by_name(self._tenant_id, canonical)

    def password_hash(self, account_id: str) -> str | None:
        """The hash of its password, if it has one."""
        return self._credentials.find_password(self._tenant_id, account_id)

    def __iter__(self) -> Iterator[AccountRecord]:
        """All of them, the oldest first."""
        after = ""
        while page := self._accounts.list(self._tenant_id, after, PAGE):
            yield from page
            after = page[-1].id


@dataclass(frozen=True)
class State:
    """What a tenant has; all but its own row is read once, and only if it is asked for."""

    database: Database
    tenant: TenantRecord
    stamp: int

    @property
    def api(self) -> str:
        """The identifier of our own APIs as a resource."""
        return f"{self.tenant.issuer}/api"

    @cached_property
    def scopes(self) -> Mapping[str, str]:
        """What the consent page says of each, by name."""
        return Configuration(self.database).list_scopes(self.tenant.id)

    @cached_property
    def roles(self) -> Mapping[str, RoleRecord]:
        """The roles by name."""
        return {role.name: role for role in list_roles(self.database, self.tenant.id)}

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """By identifier, with the members of `entries.RESOURCE`."""
        found = Configuration(self.database).list_resources(self.tenant.id)
        return {resource.identifier: resource_members(resource) for resource in found}

    @cached_property
    def clients(self) -> StoredClients:
        """The clients."""
        return StoredClients(Configuration(self.database), self.tenant.id)

    @cached_property
    def people(self) -> StoredPeople:
        """The accounts."""
        return StoredPeople(self.database, self.tenant.id)

    @cached_property
    def access(self) -> StoredAccess:
        """Who may do what, beside roles."""
        return StoredAccess(self.database, self.tenant.id)

    @cached_property
    def connections(self) -> StoredConnections:
        """Webhooks, integrations and domains."""
        return StoredConnections(self.database, self.tenant.id)

    @cached_property
    def blocks(self) -> tuple[BlockRecord, ...]:
        """What is shut out, the oldest first."""
        return TenantBlocks(self.database).all_of(self.tenant.id)


def read_state(database: Database, slug: str) -> State:
    """The state now. The stamp is read first, so that a later change shows when writing.

    Raises:
        NotFound: there is no such tenant.
    """
    found = Configuration(database).find_stamped_tenant(slug)
    if found is None or found[0].status == "deleted":
        raise NotFound("tenant", slug)
    return State(database, *found)


def blank_state(database: Database, draft: TenantRecord) -> State:
    """What a tenant has that is not kept yet."""
    return State(database, draft, stamp=1)


def resource_members(resource: Resource) -> dict[str, Any]:
    """A resource as documents have it, without its identifier."""
    lifetime = resource.access_token_lifetime
    return {
        "name": resource.name,
        "scopes": sorted(resource.scope),
        "access_token_format": resource.access_token_format,
        "access_token_signing_alg": resource.access_token_signing_alg,
        "access_token_lifetime": int(lifetime.total_seconds()) if lifetime else None,
        "introspection_clients": sorted(resource.introspection_clients),
    }


def known_scopes(
    own: Mapping[str, str], resources: Mapping[str, Mapping[str, Any]]
) -> frozenset[str]:
    """Every scope that clients may be registered for."""
    owned = (name for resource in resources.values() for name in resource["scopes"])
    return scopes.BUILT_IN.union(own, owned)
