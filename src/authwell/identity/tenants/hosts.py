"""A host of a tenant's own: which it is, and that the tenant has shown it (docs/decisions/0017).

Administrators of the server give it, because its certificate and its proxy are theirs. Tokens of
the issuer before are nobody's from then on, and passkeys are bound to the host before.
"""

from dataclasses import dataclass
from typing import Final

from authwell.config.settings import Settings
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.domains.names import InvalidDomain, read_domain
from authwell.identity.tenants.issuers import issuer_below
from authwell.identity.tenants.life_cycle import ROOT_STAYS, shown
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.registry import ROOT
from authwell.storage.tenancy.hosts import HostNotShown, Move, move_tenant
from authwell.utils.urls import host_of
from authwell.utils.versions import ANY_VERSION, Expected

NOT_SHOWN: Final = "host_not_shown"


@dataclass(frozen=True, slots=True)
class TenantHosts:
    """Gives tenants hosts of their own."""

    database: Database
    settings: Settings

    def set(
        self,
        record: TenantRecord,
        host: str | None,
        author: Author,
        expected: Expected = ANY_VERSION,
    ) -> TenantRecord:
        """Let a tenant be found at a host of its own; None: below the server's issuer again.

        Raises:
            NotFound: the tenant is gone.
            Refused: it is the default tenant, or has not shown the host.
            ChangedMeanwhile: it is another version.
        """
        if record.slug == ROOT:
            raise Refused([Problem("slug", "is the default tenant, found at ISSUER", ROOT_STAYS)])
        name = None if host is None else self._read(host)
        issuer = issuer_below(self.settings.issuer, record.slug)
        if name is not None:
            issuer = f"{self.settings.issuer.partition('://')[0]}://{name}"
        move = Move(issuer, name, self._events(record, issuer, author))
        try:
            moved = move_tenant(self.database, record.id, move, shown, expected)
        except (HostNotShown, Conflict) as error:
            text = "is no host that the tenant has shown to be its own"
            raise Refused([Problem("host", text, NOT_SHOWN)]) from error
        if moved is None:
            raise NotFound("tenant", record.slug)
        return moved

    def _read(self, host: str) -> str:
        try:
            name = read_domain(host, "host", is_development=self.settings.is_development)
        except InvalidDomain as error:
            raise Refused([Problem("host", "must be a name such as login.acme.example")]) from error
        origins = (self.settings.issuer, self.settings.mtls_base_url or "")
        own = {origin.partition("://")[2] for origin in origins}
        if {name, host_of(name)} & {*own, *self.settings.allowed_hosts}:
            raise Refused([Problem("host", "is one of the server's own")])
        return name

    def _events(self, record: TenantRecord, issuer: str, author: Author) -> tuple[Event, ...]:
        root = Configuration(self.database).find_tenant(ROOT)
        logs = dict.fromkeys((record.id, record.id if root is None else root.id))
        data = {"tenant": record.slug, "from": record.issuer, "to": issuer}
        return tuple(
            author.event(EventType.TENANT_ISSUER_CHANGED, tenant_id, data) for tenant_id in logs
        )
