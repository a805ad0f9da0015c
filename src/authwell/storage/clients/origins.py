"""The web origins of a tenant's public clients, which may call the token endpoint (CLIENTS.md)."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import bindparam, select

from authwell.models.clients import clients
from authwell.protocol.model import Tenant
from authwell.protocol.ports import StorageUnavailable
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.utils.urls import origin_of

READ_METADATA = Statement(
    select(clients.c.metadata).where(
        clients.c.tenant_id == bindparam("tenant_id"), clients.c.status == "active"
    )
)


class PublicOrigins:
    """Read once for each configuration stamp, by the first request that has an origin."""

    def __init__(self, database: Database) -> None:
        """Read nothing yet."""
        self._database = database
        self._known: dict[str, tuple[int, frozenset[str]]] = {}

    def of(self, tenant: Tenant) -> frozenset[str]:
        """The origins; while the database is away those of before."""
        stamp, origins = self._known.get(tenant.id, (None, frozenset[str]()))
        if stamp == tenant.stamp:
            return origins
        try:
            rows = self._database.all(READ_METADATA, {"tenant_id": tenant.id})
        except StorageUnavailable:
            return origins
        origins = frozenset(origin for row in rows for origin in _origins(row.metadata))
        self._known[tenant.id] = (tenant.stamp, origins)
        return origins


def _origins(metadata: Mapping[str, Any]) -> frozenset[str]:
    if metadata.get("token_endpoint_auth_method") != "none":
        return frozenset()
    origins = set[str]()
    for uri in metadata.get("redirect_uris", ()):
        with suppress(ValueError):  # a native client's private scheme
            origins.add(origin_of(uri))
    return frozenset(origins)
