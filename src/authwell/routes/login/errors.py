"""The one mapping of errors to responses for the pages of logging in."""

from http import HTTPStatus

from flask import Blueprint, Response, request
from flask_babel import gettext

from authwell.identity.passwords import TooBusy
from authwell.middleware.context import authorization_server
from authwell.middleware.pages import error_page, refusal_page
from authwell.middleware.replies import reply
from authwell.protocol.authorization.request import RefusedRequest
from authwell.protocol.authorization.response import refuse_request
from authwell.protocol.errors import UnsafeRedirect
from authwell.utils.logs import get_logger

log = get_logger("login")


def register(blueprint: Blueprint) -> None:
    """Let the blueprint answer with these."""
    blueprint.register_error_handler(UnsafeRedirect, unsafe_redirect)
    blueprint.register_error_handler(RefusedRequest, refused_request)
    blueprint.register_error_handler(TooBusy, too_busy)


def unsafe_redirect(error: UnsafeRedirect) -> Response:
    """A page of ours that leads nowhere: the request is gone, or not this browser's."""
    _log_refusal(error.rule, error.reason, "unsafe_redirect")
    return refusal_page(error)


def refused_request(refused: RefusedRequest) -> Response:
    """Back to the client in the response mode of the request."""
    error = refused.error
    _log_refusal(error.rule, error.reason, error.code, refused.client.client_id)
    return reply(refuse_request(authorization_server(), refused))


def too_busy(error: TooBusy) -> Response:
    """503 with Retry-After: nothing is wrong with the person's name or password."""
    seconds = str(int(error.retry_after.total_seconds()))
    response = error_page(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "too_busy",
        gettext("One moment, please"),
        gettext("Too many people are logging in at this moment."),
        gettext("Wait a few seconds, go back and try again."),
    )
    response.headers["Retry-After"] = seconds
    return response


def _log_refusal(rule: str, reason: str, error: str, client_id: str | None = None) -> None:
    log.info(
        "refused",
        rule=rule,
        reason=reason,
        error=error,
        client_id=client_id,
        endpoint=request.path,
    )
