"""A resource server: it asks the authorization server about each token (RFC 7662).

Settings: ISSUER, CLIENT_ID, CLIENT_SECRET, AUDIENCE (the identifier of this API) and PORT.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx2
from flask import Flask, jsonify, request
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

Claims = dict[str, Any]

ORDERS = [{"id": 1, "item": "Lantern"}, {"id": 2, "item": "Rope, 30 m"}]


class NoToken(Exception):
    """The request has no bearer token (RFC 6750 section 3.1: no error code then)."""


class InvalidToken(Exception):
    """The token has ended, is unknown, or is meant for another API."""


class InsufficientScope(Exception):
    """The token does not allow this; its text is the scope that would."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The authorization server, as this resource server asks it."""

    introspection_endpoint: str
    client_id: str
    client_secret: str
    audience: str

    def read(self, authorization: str | None) -> Claims:
        """What the token of an Authorization header says, if it is live and meant for us.

        Raises:
            NoToken: there is none.
            InvalidToken: there is one, but it opens nothing here.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise NoToken
        answer = httpx2.post(
            self.introspection_endpoint,
            data={"token": token},
            auth=(self.client_id, self.client_secret),
        )
        answer.raise_for_status()
        claims: Claims = answer.json()
        audience = claims.get("aud", [])
        audiences = [audience] if isinstance(audience, str) else audience
        if not claims["active"] or self.audience not in audiences:
            raise InvalidToken
        return claims


def discover(issuer: str, client_id: str, client_secret: str, audience: str) -> Tokens:
    """Find the introspection endpoint of an issuer (RFC 8414)."""
    metadata = httpx2.get(f"{issuer}/.well-known/oauth-authorization-server")
    metadata.raise_for_status()
    return Tokens(metadata.json()["introspection_endpoint"], client_id, client_secret, audience)


def create_app(find_tokens: Callable[[], Tokens]) -> Flask:
    """An API with one collection; it asks for the authorization server when it first needs it."""
    app = Flask(__name__)
    found: list[Tokens] = []

    def tokens() -> Tokens:
        if not found:
            found.append(find_tokens())
        return found[0]

    @app.get("/orders")
    def orders() -> Response:
        claims = tokens().read(request.headers.get("Authorization"))
        if "orders:read" not in claims.get("scope", "").split():
            raise InsufficientScope("orders:read")
        return jsonify(caller=claims["client_id"], orders=ORDERS)

    app.register_error_handler(NoToken, lambda _: _challenge(HTTPStatus.UNAUTHORIZED))
    app.register_error_handler(
        InvalidToken, lambda _: _challenge(HTTPStatus.UNAUTHORIZED, error="invalid_token")
    )
    app.register_error_handler(
        InsufficientScope,
        lambda error: _challenge(
            HTTPStatus.FORBIDDEN, error="insufficient_scope", scope=str(error)
        ),
    )
    return app


def _challenge(status: HTTPStatus, **parameters: str) -> Response:
    """The answer of RFC 6750 section 3."""
    parts = [f'{name}="{value}"' for name, value in {"realm": "orders", **parameters}.items()]
    return Response(status=status, headers={"WWW-Authenticate": f"Bearer {', '.join(parts)}"})


def main() -> None:
    """Serve on the loopback interface until it is stopped."""
    names = ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "AUDIENCE")
    app = create_app(lambda: discover(*(os.environ[name] for name in names)))
    make_server("127.0.0.1", int(os.environ["PORT"]), app, threaded=True).serve_forever()


if __name__ == "__main__":
    main()
