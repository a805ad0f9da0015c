"""Whose request it is: a tenant below `/t/<slug>`, one with a host of its own, or the default one.

A layer below Flask takes the tenant's prefix from the path, so that routes and endpoints are the
same for all. The metadata of a tenant are also found with its path after the well-known one
(RFC 8414 section 3.1); Discovery section 4 puts it before.
"""

from collections.abc import Iterable
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from werkzeug.exceptions import Forbidden

from authwell.config.settings import Settings
from authwell.identity.tenants.issuers import BELOW, issuer_below
from authwell.middleware.calls import TENANT
from authwell.protocol.ports import StorageUnavailable
from authwell.storage.registry import ROOT, Registry
from authwell.storage.snapshots import Snapshots
from authwell.utils.logs import bind_request

_SUSPENDED: Final = "authwell.tenant_suspended"
_BLOCKED: Final = "authwell.address_blocked"
_WELL_KNOWN: Final = "/.well-known/"
_INSERTED: Final = tuple(
    f"{_WELL_KNOWN}{name}" for name in ("openid-configuration", "oauth-authorization-server")
)
_OF_SUSPENDED: Final = ("/oauth/introspect", "/static/", "/theme.css", "/health", "/metrics")
"""What goes on: who asks about a token is told that it is dead, and pages look as they should."""
_FOR_ALL: Final = ("/static/", "/health", "/metrics")
"""What is no tenant's."""


class TenantSuspended(Forbidden):
    """An administrator of the server has suspended the tenant."""

    code_name = "tenant_suspended"
    description = "This organization is suspended. Ask its administrators, or those of the server."


class AddressBlocked(Forbidden):
    """Administrators have blocked the caller's address (REQUIREMENTS.md L10)."""

    code_name = "address_blocked"
    description = "The server does not answer this address."


class Tenancy:
    """WSGI middleware: names the tenant, and passes on what is left of the path."""

    def __init__(
        self, inner: WSGIApplication, refusing: WSGIApplication, tenants: Registry, issuer: str
    ) -> None:
        """Take where requests go.

        Args:
            inner: answers those of tenants that are active.
            refusing: answers the others; `refuse_suspended` is in it.
            tenants: all of them.
            issuer: of the default tenant, which the others may be below.
        """
        self._inner = inner
        self._refusing = refusing
        self._tenants = tenants
        self._issuer = issuer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass on."""
        path: str = environ["PATH_INFO"]
        if TENANT in environ:
            # `ProxyGuard` has found it by the host.
            found: Snapshots | None = environ[TENANT]
        elif path.startswith(BELOW):
            found = self._take_prefix(environ, path)
        elif path.startswith(_INSERTED) and BELOW in path:
            found = self._take_suffix(environ, path)
        else:
            return self._pass_on(environ, start_response)
        if found is None:
            # The path stays as it was, and there is no such page.
            return self._refusing(environ, start_response)
        environ[TENANT] = found
        bind_request(environ.get("authwell.request_id"), found.slug)
        if _is_suspended(found) and not environ["PATH_INFO"].startswith(_OF_SUSPENDED):
            environ[_SUSPENDED] = True
            return self._refusing(environ, start_response)
        return self._pass_on(environ, start_response, found)

    def _pass_on(
        self,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        found: Snapshots | None = None,
    ) -> Iterable[bytes]:
        """Pass on what comes from addresses that nobody has blocked."""
        address = environ.get("REMOTE_ADDR")
        if address and not environ["PATH_INFO"].startswith(_FOR_ALL):
            # What the default tenant blocks is blocked for the whole server (REQUIREMENTS.md L10).
            for each in (self._tenants.root, found):
                if each is not None and _is_blocked(each, address):
                    environ[_BLOCKED] = True
                    return self._refusing(environ, start_response)
        return self._inner(environ, start_response)

    def _take_prefix(self, environ: WSGIEnvironment, path: str) -> Snapshots | None:
        slug, _, rest = path[len(BELOW) :].partition("/")
        found = self._below(slug)
        if found is not None:
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{BELOW}{slug}"
            environ["PATH_INFO"] = f"/{rest}"
        return found

    def _take_suffix(self, environ: WSGIEnvironment, path: str) -> Snapshots | None:
        document, _, slug = path.partition(BELOW)
        found = self._below(slug) if document in _INSERTED else None
        if found is not None:
            environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{BELOW}{slug}"
            environ["PATH_INFO"] = document
        return found

    def _below(self, slug: str) -> Snapshots | None:
        """A tenant that is at this path; each has one address, which is its issuer."""
        found = None if slug == ROOT else self._tenants.of(slug)
        if found is None:
            return None
        try:
            issuer = found.known().issuer
        except StorageUnavailable:
            # Whoever answers finds that out too, and says so.
            return found
        return found if issuer == issuer_below(self._issuer, slug) else None


def init_app(app: Flask, _settings: Settings) -> None:
    """Let the application refuse what is asked of a suspended tenant, or by a blocked address."""
    app.before_request(refuse_suspended)
    app.before_request(refuse_blocked)


def refuse_suspended() -> None:
    """Refuse it, as a page or as JSON.

    Raises:
        TenantSuspended: it is suspended (THREATS.md TN-12).
    """
    if _SUSPENDED in request.environ:
        raise TenantSuspended


def refuse_blocked() -> None:
    """Refuse who is blocked, as a page or as JSON.

    Raises:
        AddressBlocked: the address is.
    """
    if _BLOCKED in request.environ:
        raise AddressBlocked


def require_active(found: Snapshots) -> None:
    """The same for a tenant that a call names otherwise than by its address.

    Raises:
        TenantSuspended: it is suspended.
        AddressBlocked: it has blocked the caller's address.
    """
    if _is_suspended(found):
        raise TenantSuspended
    if _is_blocked(found, request.environ.get("REMOTE_ADDR") or ""):
        raise AddressBlocked


def _is_blocked(found: Snapshots, address: str) -> bool:
    try:
        return found.known().blocks.hold(address)
    except StorageUnavailable:
        # Whoever answers finds that out too, and says so.
        return False


def _is_suspended(found: Snapshots) -> bool:
    try:
        return found.known().status != "active"
    except StorageUnavailable:
        return False
