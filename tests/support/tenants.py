"""Tenants beside the default one, with a client and an account of the same names in each."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.service import PLAIN, Configurator
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.tenants.issuers import issuer_below
from authwell.middleware.context import Site
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord
from authwell.utils.randomness import new_id

SERVICE = "service"
SECRET = "a-secret-of-more-than-thirty-two-characters"


def add_tenant(site: Site, slug: str, issuer: str | None = None) -> TenantRecord:
    """A tenant of its own; its keys are made when it is first asked for."""
    now = site.clock()
    record = TenantRecord(
        id=new_id(now),
        slug=slug,
        issuer=issuer or issuer_below(site.settings.issuer, slug),
        name=slug.title(),
        policy={},
        created_at=now,
        updated_at=now,
    )
    return Configuration(site.database).ensure_tenant(record)


def configure(site: Site, slug: str, sections: Mapping[str, Any]) -> None:
    """Apply entries to a tenant."""
    passwords = Passwords.of(site.settings, parallel=1)
    configurator = Configurator.of(site.database, site.settings, passwords)
    own = Configurator(site.database, configurator.rules, configurator.fetches, slug)
    own.apply(sections, PLAIN, Author("test", datetime.now(UTC)))
    found = site.tenants.of(slug)
    if found is not None:
        found.forget()


def add_service(site: Site, slug: str) -> None:
    """A client that may have tokens of its own, and ask about all of its tenant."""
    service = {
        "client_id": SERVICE,
        "client_secret": SECRET,
        "grant_types": ["client_credentials"],
        "scope": "admin",
        "introspection": "tenant",
    }
    configure(site, slug, {"clients": [service]})


def as_service() -> dict[str, str]:
    """The client's credentials (RFC 6749 section 2.3.1)."""
    return {"Authorization": "Basic " + b64encode(f"{SERVICE}:{SECRET}".encode()).decode()}
