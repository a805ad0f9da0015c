"""The public documents of a tenant, as bytes made once for each snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from wsgiref.types import WSGIEnvironment

import orjson

from authwell.config.settings import Settings
from authwell.middleware.calls import snapshots_of
from authwell.middleware.context import Site
from authwell.middleware.headers import HSTS
from authwell.protocol.discovery import metadata
from authwell.protocol.model import Tenant
from authwell.storage.registry import MOST_KEPT
from authwell.utils.translations import LANGUAGES

PATHS: Mapping[str, str] = {
    "/.well-known/openid-configuration": "metadata",
    "/.well-known/oauth-authorization-server": "metadata",
    "/.well-known/jwks.json": "jwks",
    "/oauth/jwks": "jwks",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A body with its headers."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    etag: str


_made: dict[str, tuple[Tenant, Mapping[str, Document]]] = {}


def documents_of(site: Site, environ: WSGIEnvironment) -> Mapping[str, Document]:
    """Those of a request's tenant, as it was last seen.

    Raises:
        StorageUnavailable: it has never been seen.
    """
    snapshots = snapshots_of(environ) or site.tenants.root
    return documents(snapshots.known(), site.settings)


def documents(tenant: Tenant, settings: Settings) -> Mapping[str, Document]:
    """The tenant's documents by name; the same objects until its snapshot changes."""
    known = _made.get(tenant.id)
    if known is not None and known[0] is tenant:
        return known[1]
    switched_off = set[str]()
    if not settings.token_introspection_enabled:
        switched_off.add("introspection_endpoint")
    if not settings.token_revocation_enabled:
        switched_off.add("revocation_endpoint")
    described = metadata(tenant, locales=LANGUAGES, without=frozenset(switched_off))
    made = {
        "metadata": _document(orjson.dumps(described), settings),
        "jwks": _document(tenant.keys.jwks, settings),
    }
    if len(_made) >= MOST_KEPT:
        _made.clear()
    _made[tenant.id] = (tenant, made)
    return made


def _document(body: bytes, settings: Settings) -> Document:
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    headers: tuple[tuple[str, str], ...] = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", f"public, max-age={int(settings.jwks_max_age.total_seconds())}"),
        ("ETag", etag),
        ("Access-Control-Allow-Origin", "*"),
        ("X-Content-Type-Options", "nosniff"),
    )
    if settings.is_https:
        headers += (("Strict-Transport-Security", HSTS),)
    return Document(body, headers, etag)
