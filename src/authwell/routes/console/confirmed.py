"""The page of a second tab in which somebody has shown who they are, for the form of the first."""

from flask import Response
from flask_babel import gettext

from authwell.middleware.console_pages import console_page
from authwell.middleware.recency import require_recent_login
from authwell.routes.console.blueprint import blueprint


@blueprint.get("/confirmed")
@require_recent_login
def show_confirmed() -> Response:
    """Say where to go on."""
    return console_page(
        "console/confirm.html",
        "overview",
        heading=gettext("You have confirmed that it is you"),
        about=gettext("Close this tab. Your form waits in the tab before: continue there."),
        kept=None,
    )
