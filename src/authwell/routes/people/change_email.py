"""The pages behind the links that change an address and take that back (REQUIREMENTS.md G11)."""

from flask import Response, request, url_for
from flask_babel import gettext

from authwell.identity.people.desk import WeakPassword
from authwell.identity.people.email_change import CHANGE, UNDO
from authwell.middleware.context import authorization_server, site
from authwell.middleware.replies import see_other
from authwell.routes.people import shared


def show() -> Response:
    """What the link does, and a button for it."""
    token = shared.sent_token()
    _, email = site().email_change.open(authorization_server(), CHANGE, token)
    return shared.page(
        "people/confirm.html",
        None,
        {},
        action=url_for(".submit_email_change"),
        title=gettext("Confirm your new email address"),
        message=gettext("Your account gets the address %(email)s.", email=email),
        label=gettext("Confirm"),
        token=token,
        username=email,
        password_help=None,
    )


def submit() -> Response:
    """Change it."""
    site().email_change.confirm(authorization_server(), shared.sent_token())
    return see_other(url_for(".show_email_changed"))


def show_done() -> Response:
    """It is done."""
    title = gettext("Your email address was changed")
    message = gettext("Mails go to the new one from now on.")
    return shared.said(title, message, gettext("Continue"), url_for("login.show_login"))


def show_undo() -> Response:
    """The form for another password, if the link works."""
    return _undo_page(shared.sent_token(), {})


def submit_undo() -> Response:
    """Take the change back, and set the password."""
    token, password = shared.sent_token(), request.form.get("password", "")
    try:
        site().email_change.undo(authorization_server(), token, password)
    except WeakPassword as refused:
        return _undo_page(token, shared.weak(refused))
    return see_other(url_for(".show_reset_done"))


def _undo_page(token: str, field_errors: dict[str, str]) -> Response:
    _, email = site().email_change.open(authorization_server(), UNDO, token)
    return shared.page(
        "people/confirm.html",
        None,
        field_errors,
        action=url_for(".submit_undo"),
        title=gettext("Take the change back"),
        message=gettext(
            "Your account gets the address %(email)s back. Choose another password too, because "
            "whoever changed the address knew the present one.",
            email=email,
        ),
        label=gettext("Take the change back"),
        token=token,
        username=email,
        password_help=shared.password_help(),
    )
