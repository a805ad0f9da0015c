"""Bearer tokens of requests to our own resources: read and refused (RFC 6750)."""

from urllib.parse import parse_qsl

import orjson
from flask import Response, request

from authwell.middleware.calls import JSON, Answer
from authwell.middleware.refusals import note_refusal
from authwell.middleware.replies import response_of
from authwell.protocol.errors import (
    AmbiguousToken,
    BearerError,
    MissingToken,
)


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
