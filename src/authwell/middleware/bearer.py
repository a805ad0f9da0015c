"""Bearer tokens of requests to our own resources: read, demanded, refused (RFC 6750)."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import parse_qsl

import orjson
from flask import Response, g, request

from authwell.identity.access import allowed_scope
from authwell.middleware.calls import JSON, Answer
from authwell.middleware.context import authorization_server
from authwell.middleware.refusals import note_refusal
from authwell.middleware.replies import response_of
from authwell.protocol.errors import (
    AmbiguousToken,
    BearerError,
    InsufficientScope,
    MissingToken,
)
from authwell.protocol.tokens import access_token

P = ParamSpec("P")
R = TypeVar("R")


def bearer_token(in_form: str | None = None) -> str:
    """The token of Flask's request; see `bearer_of`."""
    query = request.query_string.decode("latin-1")
    return bearer_of(query, request.environ.get("HTTP_AUTHORIZATION"), in_form)


def bearer_of(query: str, authorization: str | None, in_form: str | None = None) -> str:
    """The token of a request, sent exactly once in a way that does not show it.

    Args:
        query: of the URL.
        authorization: the header.
        in_form: `access_token` of the body, where the endpoint takes it (section 2.2).

    Raises:
        MissingToken: there is none.
        AmbiguousToken: two, or one in the URL (RFC 9700 section 4.3.2).
    """
    names = (name for name, _ in parse_qsl(query, keep_blank_values=True, errors="replace"))
    if query and "access_token" in names:
        raise AmbiguousToken("an access token in the URL")
    header = authorization or ""
    scheme, _, token = header.partition(" ")
    if header and in_form:
        raise AmbiguousToken("two access tokens")
    if in_form:
        return in_form
    if scheme.lower() != "bearer" or not token.strip():
        raise MissingToken("no bearer token")
    return token.strip()


def require_scope(scope: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Demand a token for our own API with a scope; `caller_token()` gives it to the view.

    The role behind the scope is asked again, so that taking it away takes effect at once.

    Raises:
        BearerError: no token, a bad one, one for another audience, or without the scope.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            server = authorization_server()
            token = access_token.read(server, bearer_token())
            if scope not in _usable_scope(token) or server.tenant.api not in token.audience:
                raise InsufficientScope(f"needs {scope} for {server.tenant.api}")
            g.caller_token = token
            return view(*args, **kwargs)

        return guarded

    return decorate


def caller_token() -> access_token.AccessToken:
    """The token that `require_scope` let through."""
    token: access_token.AccessToken = g.caller_token
    return token


def bearer_error(error: BearerError) -> Response:
    """`bearer_answer` by Flask."""
    return response_of(bearer_answer(error, request.path))


def bearer_answer(error: BearerError, path: str) -> Answer:
    """The challenge of section 3, with fixed texts only."""
    note_refusal(path, error.code or "missing_token", error.reason, error.code)
    challenge = 'Bearer realm="authwell"'
    body: dict[str, str] = {}
    if error.code:
        challenge += f', error="{error.code}", error_description="{error.description}"'
        body = {"error": error.code, "error_description": error.description}
    headers = (*JSON, ("Cache-Control", "no-store"), ("WWW-Authenticate", challenge))
    return Answer(int(error.status), orjson.dumps(body), headers)


def _usable_scope(token: access_token.AccessToken) -> frozenset[str]:
    person = token.grant.account if token.grant is not None else None
    if person is not None:
        return allowed_scope(person, token.scope)
    client = authorization_server().clients.find(token.client_id)
    return allowed_scope(client, token.scope) if client is not None else frozenset()
