"""The page where somebody sets up a second factor, because the login needs one."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext

from authwell.identity.factors.second_factors import Added
from authwell.identity.login.entrance import Entered, Pending
from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.names import InvalidName
from authwell.identity.passkeys.registration import NewPasskey
from authwell.middleware import csrf, entering, steps
from authwell.middleware.context import authorization_server, site
from authwell.middleware.passkeys import (
    no_options,
    options_response,
    passkey_form,
    posted_credential,
)
from authwell.middleware.second_factors import confirm_app, setup_of
from authwell.protocol import authentication_context as context
from authwell.routes.login import login


def show() -> Response:
    """The page, if a login of this browser waits for it."""
    pending = _pending()
    if pending is None:
        return entering.start_again(login.waiting_request())
    return _page(pending)


def submit() -> Response:
    """Confirm the app by its first code."""
    if "cancel" in request.form:
        return entering.give_up(login.waiting_request())
    pending = _pending("totp")
    if pending is None:
        return entering.start_again(login.waiting_request())
    outcome = confirm_app(pending.account)
    if not isinstance(outcome, Added):
        return _page(pending, outcome)
    return _enter(pending, {context.OTP: authorization_server().now}, outcome.backup_codes)


def passkey_options() -> Response:
    """For `navigator.credentials.create`."""
    pending = _pending("passkey")
    if pending is None:
        raise no_options()
    registration = site().passkeys.registration
    return options_response(
        registration.begin(
            authorization_server(), pending.account, csrf.browser(), passwordless=False
        )
    )


def submit_passkey() -> Response:
    """Keep the passkey."""
    pending = _pending("passkey")
    if pending is None:
        return entering.start_again(login.waiting_request())
    server = authorization_server()
    try:
        wanted = NewPasskey(request.form.get("passkey_name", ""), posted_credential())
        registration = site().passkeys.registration
        made = registration.complete(server, pending.account, csrf.browser(), wanted)
    except (PasskeyRefused, InvalidName):
        return _page(pending, gettext("No passkey was made. Try again, or choose another way."))
    site().outbox_bell.set()
    return _enter(pending, {context.POP: server.now}, made.backup_codes)


def _pending(method: str | None = None) -> Pending | None:
    """The login that waits for a factor to be set up, in this way if one is named."""
    found = entering.pending()
    if found is None or not found.enrols or method not in (None, *found.asked):
        return None
    return found


def _enter(pending: Pending, methods: Mapping[str, datetime], codes: tuple[str, ...]) -> Response:
    """Log in, and show the backup codes, which nobody can show again."""
    found = login.waiting_request()
    entry = entering.resume(pending, methods)
    if entry is None:
        return entering.start_again(found)
    if not isinstance(entry, Entered) or not codes:
        return entering.after(found, entry)
    response = steps.page("backup_codes.html", found, codes=codes, next=entering.next_page(found))
    entering.log_in(response, entry, found)
    return response


def _page(pending: Pending, error: str | None = None) -> Response:
    takes_passkey = "passkey" in pending.asked
    return steps.page(
        "enrol_factor.html",
        login.waiting_request(),
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        action=entering.here("submit_enrolment"),
        error=error,
        account_name=steps.name_of(pending.account),
        setup=setup_of(pending.account) if "totp" in pending.asked else None,
        passkey=passkey_form(
            entering.here("submit_new_passkey"), entering.here("begin_new_passkey")
        )
        if takes_passkey
        else None,
        passkey_name=gettext("Passkey"),
    )
