"""The page on which people delete their account (REQUIREMENTS.md G12)."""

from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext
from werkzeug.exceptions import Conflict

from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import (
    authorization_server,
    clear_session_cookie,
    set_browser_state,
    site,
)
from authwell.middleware.pages import render
from authwell.protocol.events import EventType


def show() -> Response:
    """What it means, and the form."""
    return _page()


def delete() -> Response:
    """Delete it; nothing of it works from now on."""
    if "sure" not in request.form:
        return _page(gettext("Tick the box if you are sure."))
    server = authorization_server()
    event = server.event(EventType.ACCOUNT_DELETED, account=person().account, data={"by": "owner"})
    erased_at = site().account_deletion.delete(event)
    if erased_at is None:
        raise Conflict
    response = render("account/deleted.html", erased_at=erased_at)
    clear_session_cookie(response)
    set_browser_state(response, None)
    return response


def _page(error: str | None = None) -> Response:
    return account_page(
        "account/delete.html",
        "data",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        kept_days=site().settings.account_erase_days.days,
        field_errors={"sure": error} if error else {},
    )
