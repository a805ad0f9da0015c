"""What a tenant has of webhooks, integrations and domains."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from authwell.identity.domains.service import MOST as MOST_DOMAINS
from authwell.identity.integrations.service import MOST as MOST_INTEGRATIONS
from authwell.identity.webhooks.service import MOST as MOST_WEBHOOKS
from authwell.storage.database import Database
from authwell.storage.integrations import Integration, Integrations, read_integration
from authwell.storage.pages import Wanted
from authwell.storage.tenancy.domains import DomainRecord, Domains, Use
from authwell.storage.webhooks.endpoints import Endpoint, Endpoints, read_endpoint

BY_NAME: Final = "name"


@dataclass(frozen=True)
class StoredConnections:
    """Each kind is read once, and only if it is asked for."""

    database: Database
    tenant_id: str

    @cached_property
    def webhooks(self) -> Mapping[str, Endpoint]:
        """The endpoints by name."""
        page = Endpoints(self.database).page(self.tenant_id, Wanted(BY_NAME, MOST_WEBHOOKS))
        return {row.name: read_endpoint(row) for row in page.rows}

    @cached_property
    def integrations(self) -> Mapping[str, Integration]:
        """The integrations by name."""
        wanted = Wanted(BY_NAME, MOST_INTEGRATIONS)
        page = Integrations(self.database).page(self.tenant_id, wanted)
        return {row.name: read_integration(row) for row in page.rows}

    @cached_property
    def domains(self) -> Mapping[tuple[str, Use], DomainRecord]:
        """The domains by name and use."""
        found = Domains(self.database).list(self.tenant_id, limit=MOST_DOMAINS)
        ordered = sorted(found, key=lambda one: (one.domain, one.use))
        return {(one.domain, one.use): one for one in ordered}
