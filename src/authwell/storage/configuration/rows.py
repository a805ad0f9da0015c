"""Rows of the configuration as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from authwell.protocol.clients.registration_policy import Origin
from authwell.protocol.model import ClientSecret, Resource
from authwell.storage.statements import Row


@dataclass(frozen=True, slots=True)
class TenantRecord:
    """The row of a tenant; `policy` holds the members that its operator gave."""

    id: str
    slug: str
    issuer: str
    name: str
    policy: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    status: Literal["active", "suspended", "deleted"] = "active"
    not_before: datetime | None = None
    pairwise_sealed: bytes | None = None
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """The row of a client with its secrets; `metadata` has the member names of RFC 7591."""

    client_id: str
    metadata: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    secrets: tuple[ClientSecret, ...] = ()
    """The oldest first."""
    status: Literal["active", "disabled"] = "active"
    not_before: datetime | None = None
    registered_by: Origin = "administrator"
    used_at: datetime | None = None
    """When a client that registered itself was first seen to be used."""


def tenant_record(row: Row) -> TenantRecord:
    """The row as a value."""
    return TenantRecord(
        id=row.id,
        slug=row.slug,
        issuer=row.issuer,
        name=row.name,
        policy=row.policy,
        created_at=row.created_at,
        updated_at=row.updated_at,
        status=row.status,
        not_before=row.not_before,
        pairwise_sealed=row.pairwise_sealed,
        erased_at=row.erased_at,
    )


def client_record(row: Row, secrets: list[Row]) -> ClientRecord:
    """The rows as one value."""
    return ClientRecord(
        client_id=row.client_id,
        metadata=row.metadata,
        created_at=row.created_at,
        updated_at=row.updated_at,
        secrets=tuple(
            ClientSecret(secret.kind, secret.value.decode(), secret.expires_at)
            for secret in secrets
        ),
        status=row.status,
        not_before=row.not_before,
        registered_by=row.origin or "administrator",
        used_at=row.used_at,
    )


def resource_values(tenant_id: str, resource: Resource) -> dict[str, Any]:
    """The row of a resource."""
    lifetime = resource.access_token_lifetime
    return {
        "tenant_id": tenant_id,
        "identifier": resource.identifier,
        "name": resource.name,
        "scopes": sorted(resource.scope),
        "access_token_format": resource.access_token_format,
        "access_token_signing_alg": resource.access_token_signing_alg,
        "access_token_lifetime": int(lifetime.total_seconds()) if lifetime else None,
        "introspection_clients": sorted(resource.introspection_clients),
    }


def read_resource(row: Row) -> Resource:
    """The row as the engine knows it."""
    lifetime = row.access_token_lifetime
    return Resource(
        identifier=row.identifier,
        name=row.name,
        scope=frozenset(row.scopes),
        access_token_format=row.access_token_format,
        access_token_signing_alg=row.access_token_signing_alg,
        access_token_lifetime=timedelta(seconds=lifetime) if lifetime is not None else None,
        introspection_clients=frozenset(row.introspection_clients),
    )
