"""The pages for a forgotten password (REQUIREMENTS.md D6, D7)."""

from flask import Response, request
from flask_babel import gettext

from authwell.identity.people.desk import WeakPassword
from authwell.middleware import steps
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.charges import charge_password_reset
from authwell.middleware.limits.mails import mail_allowed
from authwell.middleware.replies import see_other
from authwell.routes.people import shared


def show() -> Response:
    """Which address does the account have?"""
    return _page({})


def submit() -> Response:
    """Send a link, and say the same for every address."""
    email = request.form.get("email", "").strip()
    if not email:
        return _page({"email": gettext("Enter your email address.")})
    charge_password_reset(email)
    found = shared.waiting_request()
    if mail_allowed("reset", email):
        site().recovery.request(authorization_server(), email, shared.origin(found))
    return see_other(steps.address("show_recovery_sent", found))


def show_sent() -> Response:
    """The same for every address."""
    message = gettext(
        "If the address has an account, a mail is on its way to it. "
        "If nothing comes, look among the spam."
    )
    again = steps.address("show_recovery", shared.waiting_request())
    return shared.said(gettext("Check your mail"), message, gettext("Send it again"), again)


def show_reset() -> Response:
    """The form for another password, if the link works."""
    return _reset_page(shared.sent_token(), {})


def submit_reset() -> Response:
    """Set it; the person logs in with it, and with their second factor (MF-08)."""
    token, password = shared.sent_token(), request.form.get("password", "")
    try:
        interaction = site().recovery.confirm(
            authorization_server(), token, password, shared.browser_digest()
        )
    except WeakPassword as refused:
        return _reset_page(token, shared.weak(refused))
    found = shared.still_waiting(interaction)
    return see_other(steps.address("show_reset_done", found))


def show_done() -> Response:
    """It is done."""
    found = shared.waiting_request()
    title = gettext("Your password was changed")
    message = gettext("All sessions have ended. Log in with the new password.")
    href = steps.address("login.show_login", found)
    return shared.said(title, message, gettext("Log in"), href)


def _page(field_errors: dict[str, str]) -> Response:
    found = shared.waiting_request()
    return shared.page(
        "people/address.html",
        found,
        field_errors,
        action=steps.address("submit_recovery", found),
        title=gettext("Forgot your password?"),
        message=gettext("Enter the address of your account. A mail will let you choose another."),
        label=gettext("Send the mail"),
        email="",
        log_in=steps.address("login.show_login", found),
    )


def _reset_page(token: str, field_errors: dict[str, str]) -> Response:
    link, record = site().recovery.open(authorization_server(), token)
    return shared.page(
        "people/confirm.html",
        shared.still_waiting(link.data.get("interaction")),
        field_errors,
        action=steps.address("submit_reset", None),
        title=gettext("Choose a new password"),
        message=gettext("It is for your account %(name)s.", name=record.username),
        label=gettext("Save the password"),
        token=token,
        username=record.username,
        password_help=shared.password_help(),
    )
