"""Which other web origins may read our answers (CLIENTS.md, THREATS.md BR-12 and EP-08).

Metadata and keys are for everyone; the token, revocation and userinfo endpoints are for the
origins of public clients' redirect URIs; our own APIs for `CORS_ORIGINS`. Never with
credentials, and never for pages. Errors carry the headers too, or a script could not read why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, request

from authwell.config.settings import Settings
from authwell.middleware.calls import snapshots_of
from authwell.middleware.context import EXTENSION, Site
from authwell.protocol.ports import StorageUnavailable

AllowedOrigin = Callable[[str, WSGIEnvironment], bool]
"""Whether an origin may read the answer to a request."""

OPEN: Final = frozenset(
    {
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/jwks.json",
        "/.well-known/webfinger",
        "/oauth/jwks",
    }
)
OF_PUBLIC_CLIENTS: Final = frozenset({"/oauth/token", "/oauth/revoke", "/oauth/userinfo"})
OF_OUR_APIS: Final = (
    "/oauth/clients",
    "/oauth/resources",
    "/scopes",
    "/keys",
    "/sessions",
    "/auth/",
    "/users",
    "/webhook-endpoints",
    "/companies",
    "/integrations",
    "/api/",
    "/openapi.json",
)
_HEADERS: Final = "Authorization, Content-Type, DPoP, X-API-Key, X-Request-ID, X-Tenant"
_READABLE: Final = (
    "WWW-Authenticate, DPoP-Nonce, X-Request-ID, Retry-After, RateLimit, RateLimit-Policy"
)
_METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
_REMEMBERED_SECONDS: Final = "600"


@dataclass(frozen=True, slots=True)
class Origins:
    """Which origins may read which paths.

    Attributes:
        of_public_clients: whether an origin is one of the public clients of the request's tenant.
        of_our_apis: whether it may call the first-party APIs.
    """

    of_public_clients: AllowedOrigin
    of_our_apis: AllowedOrigin

    @classmethod
    def of(cls, site: Site) -> "Origins":
        """Those of the present snapshot and of `CORS_ORIGINS`."""

        def is_of_public_client(origin: str, environ: WSGIEnvironment) -> bool:
            snapshots = snapshots_of(environ) or site.tenants.root
            try:
                return origin in site.public_origins.of(snapshots.known())
            except StorageUnavailable:
                return False

        return cls(is_of_public_client, _of_settings(site.settings))

    def headers(self, environ: WSGIEnvironment, methods: str = _METHODS) -> list[tuple[str, str]]:
        """Return what an answer tells a script of another origin.

        Args:
            environ: the request.
            methods: what the path takes, for whoever asks before sending.
        """
        path = environ["PATH_INFO"]
        if path in OPEN:
            return _allowed("*", environ, methods)
        if path in OF_PUBLIC_CLIENTS:
            is_allowed = self.of_public_clients
        elif path.startswith(OF_OUR_APIS):
            is_allowed = self.of_our_apis
        else:
            return []
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or not is_allowed(origin, environ):
            return [("Vary", "Origin")]
        return [("Vary", "Origin"), *_allowed(origin, environ, methods)]


def init_app(
    app: Flask, settings: Settings, allowed_origin: Callable[[str], bool] | None = None
) -> None:
    """Let allowed origins read.

    Args:
        app: its answers get the headers.
        settings: its `cors_origins` may call the first-party APIs.
        allowed_origin: whether an origin is one of the present tenant's public clients;
            by default its snapshot tells.
    """
    if allowed_origin is not None:
        origins = Origins(lambda origin, _: allowed_origin(origin), _of_settings(settings))
    else:
        origins = Origins.of(app.extensions[EXTENSION])

    def after(response: Response) -> Response:
        methods = response.headers.get("Allow", _METHODS)
        for name, value in origins.headers(request.environ, methods):
            if name == "Vary":
                response.headers.add(name, value)
            else:
                response.headers[name] = value
        return response

    app.after_request(after)


def _of_settings(settings: Settings) -> AllowedOrigin:
    return lambda origin, _environ: origin in settings.cors_origins


def _allowed(origin: str, environ: WSGIEnvironment, methods: str) -> list[tuple[str, str]]:
    headers = [("Access-Control-Allow-Origin", origin)]
    if environ["REQUEST_METHOD"] == "OPTIONS" and "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ:
        return [
            *headers,
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", _HEADERS),
            ("Access-Control-Max-Age", _REMEMBERED_SECONDS),
        ]
    return [*headers, ("Access-Control-Expose-Headers", _READABLE)]
