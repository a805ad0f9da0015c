"""The one mapping of errors to responses for the pages of logging in."""

from http import HTTPStatus

from flask import Blueprint, Response
from flask_babel import gettext

from authwell.identity.passwords.hashing import TooBusy
from authwell.middleware.pages import error_page
from authwell.middleware.refusals import refused_request, unsafe_redirect
from authwell.protocol.authorization.request import RefusedRequest
from authwell.protocol.errors import UnsafeRedirect


def register(blueprint: Blueprint) -> None:
    """Let the blueprint answer with these."""
    blueprint.register_error_handler(UnsafeRedirect, unsafe_redirect)
    blueprint.register_error_handler(RefusedRequest, refused_request)
    blueprint.register_error_handler(TooBusy, too_busy)


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
