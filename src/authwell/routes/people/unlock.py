"""The pages behind the link that opens a locked account (THREATS.md AU-08)."""

from flask import Response, url_for
from flask_babel import gettext

from authwell.middleware.context import authorization_server, site
from authwell.middleware.replies import see_other
from authwell.routes.people import shared


def show() -> Response:
    """What the link does, and a button for it."""
    token = shared.sent_token()
    record = site().unlocking.open(authorization_server(), token)
    return shared.page(
        "people/confirm.html",
        None,
        {},
        action=url_for(".submit_unlocking"),
        title=gettext("Unlock your account"),
        message=gettext(
            "Somebody tried many passwords for %(name)s. You can log in again at once.",
            name=record.username,
        ),
        label=gettext("Unlock"),
        token=token,
        username=record.username,
        password_help=None,
    )


def submit() -> Response:
    """Open the account."""
    site().unlocking.confirm(authorization_server(), shared.sent_token())
    return see_other(url_for(".show_unlocked"))


def show_done() -> Response:
    """It is done."""
    title = gettext("Your account is unlocked")
    message = gettext("If it was not you who tried, choose a password that you use nowhere else.")
    return shared.said(title, message, gettext("Continue"), url_for("login.show_login"))
