"""The one mapping of errors to pages of the console; a form shows its own where it can."""

from http import HTTPStatus

from flask import Blueprint, Response
from flask_babel import gettext

from authwell.identity.configuration.problems import NotFound, Refused, SuperusersOnly
from authwell.identity.passwords.hashing import TooBusy
from authwell.middleware.errors import Problem
from authwell.middleware.pages import error_page
from authwell.storage.errors import Conflict
from authwell.utils.versions import ChangedMeanwhile


def register(blueprint: Blueprint) -> None:
    """Let the blueprint answer with these."""
    blueprint.register_error_handler(NotFound, not_found)
    blueprint.register_error_handler(Refused, refused)
    blueprint.register_error_handler(SuperusersOnly, superusers_only)
    blueprint.register_error_handler(Conflict, conflict)
    blueprint.register_error_handler(ChangedMeanwhile, conflict)
    blueprint.register_error_handler(TooBusy, too_busy)
    blueprint.register_error_handler(Problem, problem)


def not_found(error: NotFound) -> Response:
    """404: it is not there, or it is another tenant's, which is the same."""
    title = gettext("This is not there")
    return error_page(HTTPStatus.NOT_FOUND, "not_found", title, str(error))


def refused(error: Refused) -> Response:
    """400 with every finding."""
    title = gettext("This did not work")
    return error_page(HTTPStatus.BAD_REQUEST, error.problems[0].code, title, str(error))


def superusers_only(error: SuperusersOnly) -> Response:
    """403: it holds more than whoever would change it."""
    title = gettext("This did not work")
    return error_page(HTTPStatus.FORBIDDEN, "forbidden", title, error.reason)


def conflict(_error: Conflict | ChangedMeanwhile) -> Response:
    """409: the same thing was changed by somebody else."""
    text = gettext("Somebody else changed the same thing at the same time. Try again.")
    return error_page(HTTPStatus.CONFLICT, "conflict", gettext("This did not work"), text)


def problem(error: Problem) -> Response:
    """What the API would answer with."""
    return error_page(error.status, error.code, gettext("This did not work"), error.detail)


def too_busy(error: TooBusy) -> Response:
    """503 with Retry-After."""
    text = gettext("The server is busy. Try again.")
    page = error_page(
        HTTPStatus.SERVICE_UNAVAILABLE, "too_busy", gettext("This did not work"), text
    )
    page.headers["Retry-After"] = str(int(error.retry_after.total_seconds()))
    return page
