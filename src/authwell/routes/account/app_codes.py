"""The pages of the authenticator app and of backup codes (REQUIREMENTS.md E1 to E5)."""

from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext
from werkzeug.exceptions import Conflict

from authwell.identity.factors.checks import Refused
from authwell.identity.factors.second_factors import Added
from authwell.identity.factors.totp import Setup
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.middleware.entering import note_shown
from authwell.middleware.notices import notify
from authwell.middleware.replies import see_other
from authwell.protocol.authentication_context import OTP

SECURITY = "/account/security"


def show() -> Response:
    """The secret of a new app, as a picture and as text, until a code of it was seen."""
    setup = _setup()
    return _page(setup) if setup is not None else see_other(SECURITY)


def confirm() -> Response:
    """Let the app count; the backup codes are shown this once."""
    server, account = authorization_server(), person().account
    outcome = site().second_factors.confirm_totp(server, account, request.form.get("code", ""))
    match outcome:
        case Added(codes):
            return note_shown(_added(codes), person(), {OTP: server.now})
        case Refused("not_started"):
            return show()
        case Refused():
            setup = _setup()
            return see_other(SECURITY) if setup is None else _page(setup, is_wrong=True)


def ask_to_remove() -> Response:
    """Say what it means."""
    return account_page(
        "account/sure.html",
        "security",
        heading=gettext("Remove the authenticator app?"),
        about=gettext("Its codes are not asked for any more, and no device is trusted any more."),
        label=gettext("Remove"),
    )


def ask_to_renew() -> Response:
    """Say what it means."""
    return account_page(
        "account/sure.html",
        "security",
        heading=gettext("Make new backup codes?"),
        about=gettext("Those that you have now do not work any more then."),
        label=gettext("Make new ones"),
    )


def remove() -> Response:
    """Take the app away."""
    server = authorization_server()
    match site().second_factors.remove_totp(server, person().account):
        case None:
            return notify(see_other(SECURITY), "app_removed")
        case Refused("mfa_required"):
            return notify(see_other(SECURITY), "factor_required")
        case Refused():
            return see_other(SECURITY)


def renew() -> Response:
    """New backup codes; those of before are worthless."""
    outcome = site().second_factors.renew_backup_codes(authorization_server(), person().account)
    if isinstance(outcome, Refused):
        raise Conflict
    return _codes(outcome.backup_codes)


def _setup() -> Setup | None:
    """The one that waits, else a new one; None if the person has an app."""
    server, account = authorization_server(), person().account
    waiting = site().second_factors.waiting_totp(server, account)
    if waiting is not None:
        return waiting
    started = site().second_factors.start_totp(server, account)
    return None if isinstance(started, Refused) else started


def _added(codes: tuple[str, ...]) -> Response:
    if codes:
        return _codes(codes)
    return notify(see_other(SECURITY), "app_added")


def _codes(codes: tuple[str, ...]) -> Response:
    return account_page("account/backup_codes.html", "security", codes=codes)


def _page(setup: Setup, *, is_wrong: bool = False) -> Response:
    errors = {"code": gettext("This is not a code of the app. Try the next one.")}
    return account_page(
        "account/app.html",
        "security",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK,
        setup=setup,
        field_errors=errors if is_wrong else {},
    )
