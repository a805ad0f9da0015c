"""The one mapping of errors to responses for these pages."""

from http import HTTPStatus

from flask import Blueprint, Response
from flask_babel import gettext

from authwell.identity.passwords.hashing import TooBusy
from authwell.identity.people.desk import InvalidLink
from authwell.identity.people.enrolment import RegistrationClosed
from authwell.middleware.pages import error_page
from authwell.middleware.refusals import log_refusal, refused_request, unsafe_redirect
from authwell.protocol.authorization.request import RefusedRequest
from authwell.protocol.errors import UnsafeRedirect


def register(blueprint: Blueprint) -> None:
    """Let the blueprint answer with these."""
    blueprint.register_error_handler(UnsafeRedirect, unsafe_redirect)
    blueprint.register_error_handler(RefusedRequest, refused_request)
    blueprint.register_error_handler(InvalidLink, invalid_link)
    blueprint.register_error_handler(RegistrationClosed, registration_closed)
    blueprint.register_error_handler(TooBusy, too_busy)


def invalid_link(error: InvalidLink) -> Response:
    """400 for every reason in the same words."""
    log_refusal("link_invalid", error.reason)
    return error_page(
        HTTPStatus.BAD_REQUEST,
        "link_invalid",
        gettext("This link does not work"),
        gettext("It was used before, it has expired, or a newer one has replaced it."),
        gettext("Go back to where you asked for it, and ask for a new one."),
    )


def registration_closed(_error: RegistrationClosed) -> Response:
    """403: only administrators make accounts."""
    log_refusal("registration_closed", "REGISTRATION_ENABLED or the tenant's policy")
    return error_page(
        HTTPStatus.FORBIDDEN,
        "registration_closed",
        gettext("Registration is closed"),
        gettext("Accounts are made by the administrators here."),
        gettext("Ask them for one."),
    )


def too_busy(error: TooBusy) -> Response:
    """503 with Retry-After: nothing is wrong with what the person typed."""
    response = error_page(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "too_busy",
        gettext("One moment, please"),
        gettext("Too many people are logging in at this moment."),
        gettext("Wait a few seconds, go back and try again."),
    )
    response.headers["Retry-After"] = str(int(error.retry_after.total_seconds()))
    return response
