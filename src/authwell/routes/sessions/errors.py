"""The one mapping of errors to problems (RFC 9457) for the sessions API."""

from flask import Blueprint, Response

from authwell.middleware.bearer import bearer_error
from authwell.middleware.errors import problem
from authwell.protocol.errors import BearerError


def register(blueprint: Blueprint) -> None:
    """Let the blueprint answer with these."""
    blueprint.register_error_handler(BearerError, unauthorized)


def unauthorized(error: BearerError) -> Response:
    """The challenge of RFC 6750 section 3, with a problem for a body."""
    challenge = bearer_error(error).headers["WWW-Authenticate"]
    text = error.description or "Send an access token of an administrator."
    response = problem(int(error.status), error.code or "missing_token", text)
    response.headers["WWW-Authenticate"] = challenge
    return response
