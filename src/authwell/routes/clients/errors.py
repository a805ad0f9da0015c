"""The one mapping of errors to problems (RFC 9457) for the clients API."""

from collections.abc import Sequence

from flask import Blueprint, Response

from authwell.identity.configuration import problems
from authwell.identity.configuration.problems import NotFound, Refused
from authwell.identity.configuration.service import EXISTS
from authwell.identity.passwords.hashing import TooBusy
from authwell.middleware.api.errors import conflict
from authwell.middleware.errors import problem
from authwell.middleware.refusals import log_refusal
from authwell.storage.errors import Conflict


def register(blueprint: Blueprint) -> None:
    """Let the blueprint answer with these."""
    blueprint.register_error_handler(Refused, refused)
    blueprint.register_error_handler(NotFound, not_found)
    blueprint.register_error_handler(Conflict, conflict)
    blueprint.register_error_handler(TooBusy, too_busy)


def refused(error: Refused) -> Response:
    """400 with every finding; 409 for a client that exists already."""
    first = error.problems[0]
    status = 409 if first.code == EXISTS else 400
    log_refusal(first.code, str(error))
    return problem(status, first.code, str(first), errors=_each(error.problems))


def not_found(error: NotFound) -> Response:
    """404: it is not there, or it is another tenant's, which is the same."""
    log_refusal("not_found", str(error))
    return problem(404, "not_found", str(error))


def too_busy(error: TooBusy) -> Response:
    """503 with Retry-After."""
    response = problem(503, "too_busy", "Too many secrets are being hashed. Try again.")
    response.headers["Retry-After"] = str(int(error.retry_after.total_seconds()))
    return response


def _each(found: Sequence[problems.Problem]) -> list[dict[str, str]]:
    return [{"member": each.path, "code": each.code, "detail": each.text} for each in found]
