"""The page from which a person takes all that is held about them."""

import orjson
from flask import Response
from werkzeug.exceptions import Conflict

from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.protocol.events import EventType

FILE_NAME = "account.json"


def show() -> Response:
    """What is in it, and the button."""
    return account_page("account/export.html", "data")


def download() -> Response:
    """The document, as a file that browsers keep and never show as a page."""
    server = authorization_server()
    found = site().privacy.export(
        server.event(EventType.ACCOUNT_EXPORTED, account=person().account)
    )
    if found is None:
        raise Conflict
    body = orjson.dumps(found, option=orjson.OPT_INDENT_2)
    response = Response(body, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    response.headers["Cache-Control"] = "no-store"
    return response
