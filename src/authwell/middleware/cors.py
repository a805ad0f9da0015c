"""Which other web origins may read our answers (CLIENTS.md, THREATS.md BR-12 and EP-08).

Metadata and keys are for everyone; the token, revocation and userinfo endpoints are for the
origins of public clients' redirect URIs; our own APIs for `CORS_ORIGINS`. Never with
credentials, and never for pages. Errors carry the headers too, or a script could not read why.
"""

from collections.abc import Callable
from typing import Final

from flask import Flask, Response, request

from authwell.config.settings import Settings
from authwell.middleware.context import authorization_server, site
from authwell.protocol.ports import StorageUnavailable
from authwell.storage.origins import PublicOrigins

AllowedOrigin = Callable[[str], bool]

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
OF_OUR_APIS: Final = ("/oauth/clients", "/auth/", "/users", "/api/")
_HEADERS: Final = "Authorization, Content-Type, DPoP, X-Request-ID"
_READABLE: Final = "WWW-Authenticate, DPoP-Nonce, X-Request-ID, Retry-After"
_METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
_REMEMBERED_SECONDS: Final = "600"


def init_app(app: Flask, settings: Settings, allowed_origin: AllowedOrigin | None = None) -> None:
    """Let allowed origins read.

    Args:
        app: its answers get the headers.
        settings: its `cors_origins` may call the first-party APIs.
        allowed_origin: whether an origin is one of the present tenant's public clients;
            by default its snapshot tells.
    """
    is_allowed = allowed_origin or _of_public_clients()

    def after(response: Response) -> Response:
        environ = request.environ
        path = environ["PATH_INFO"]
        if path in OPEN:
            _allow(response, "*")
        elif path in OF_PUBLIC_CLIENTS:
            _answer(response, environ.get("HTTP_ORIGIN"), is_allowed)
        elif path.startswith(OF_OUR_APIS):
            _answer(response, environ.get("HTTP_ORIGIN"), settings.cors_origins.__contains__)
        return response

    app.after_request(after)


def _answer(response: Response, origin: str | None, is_allowed: AllowedOrigin) -> None:
    response.headers.add("Vary", "Origin")
    if origin is not None and is_allowed(origin):
        _allow(response, origin)


def _allow(response: Response, origin: str) -> None:
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = origin
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", _METHODS)
        headers["Access-Control-Allow-Headers"] = _HEADERS
        headers["Access-Control-Max-Age"] = _REMEMBERED_SECONDS
    else:
        headers["Access-Control-Expose-Headers"] = _READABLE


def _of_public_clients() -> AllowedOrigin:
    made: list[PublicOrigins] = []

    def is_allowed(origin: str) -> bool:
        if not made:
            made.append(PublicOrigins(site().database))
        try:
            tenant = authorization_server().tenant
        except StorageUnavailable:
            return False
        return origin in made[0].of(tenant)

    return is_allowed
