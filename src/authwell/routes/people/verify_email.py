"""The pages behind the link that verifies an address (REQUIREMENTS.md D1)."""

from flask import Response, request, url_for
from flask_babel import gettext

from authwell.identity.people.desk import WeakPassword
from authwell.identity.people.verification import Opener, PasswordNeeded
from authwell.middleware import entering, steps
from authwell.middleware.context import authorization_server, current_session, site
from authwell.middleware.limits.mails import mail_allowed
from authwell.middleware.replies import see_other
from authwell.protocol import authentication_context as context
from authwell.routes.people import shared


def show() -> Response:
    """What the link does, and a button for it."""
    return _page(shared.sent_token(), {})


def submit() -> Response:
    """Verify; then on with the request that waits in this browser, if it is the one."""
    token, password = shared.sent_token(), request.form.get("password")
    server = authorization_server()
    try:
        verified = site().verification.confirm(server, token, _opener(), password)
    except PasswordNeeded:
        return _page(token, {"password": gettext("Enter a password.")})
    except WeakPassword as refused:
        return _page(token, shared.weak(refused))
    found = shared.still_waiting(verified.interaction)
    session = current_session()
    is_here = session is not None and session.account.id == verified.account.id
    if verified.shown is None or is_here:
        return steps.go_on(found) if found else see_other(url_for(".show_verified"))
    return entering.enter(found, verified.account, {context.PWD: verified.shown})


def show_done() -> Response:
    """It is done."""
    title = gettext("Your address is confirmed")
    message = gettext("You can use your account now.")
    return shared.said(title, message, gettext("Continue"), url_for("login.show_login"))


def show_resend() -> Response:
    """Whereto shall it go?"""
    return _resend_page({})


def submit_resend() -> Response:
    """Send it, and say the same for every address."""
    email = request.form.get("email", "").strip()
    if not email:
        return _resend_page({"email": gettext("Enter your email address.")})
    if mail_allowed("verify", email):
        site().verification.resend(authorization_server(), email)
    return see_other(steps.address("show_registered", shared.waiting_request()))


def _opener() -> Opener:
    session = current_session()
    return Opener(shared.browser_digest(), session.account.id if session is not None else None)


def _page(token: str, field_errors: dict[str, str]) -> Response:
    link, record = site().verification.open(authorization_server(), token)
    message = gettext("You confirm that %(email)s is your address.", email=record.email)
    needs_password = not _opener().has_begun(link)
    if needs_password:
        more = gettext(
            "Choose the password of your account. It replaces the one of the registration, "
            "which was made in another browser."
        )
        message = f"{message} {more}"
    return shared.page(
        "people/confirm.html",
        shared.still_waiting(link.data.get("interaction")),
        field_errors,
        action=url_for(".submit_verification"),
        title=gettext("Confirm your email address"),
        message=message,
        label=gettext("Confirm"),
        token=token,
        username=record.username,
        password_help=shared.password_help() if needs_password else None,
    )


def _resend_page(field_errors: dict[str, str]) -> Response:
    found = shared.waiting_request()
    return shared.page(
        "people/address.html",
        found,
        field_errors,
        action=steps.address("submit_resend", found),
        title=gettext("Send the mail again"),
        message=gettext("Enter the address that you registered with."),
        label=gettext("Send"),
        email="",
        log_in=steps.address("login.show_login", found),
    )
