"""The page that asks once more who somebody is, before what protects the account is changed."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext

from authwell.identity.login.entrance import Shown
from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.middleware import csrf, entering
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.middleware.metrics import count_login
from authwell.middleware.passkeys import (
    no_options,
    options_response,
    passkey_form,
    posted_credential,
)
from authwell.middleware.recency import CONFIRM, confirming, is_confirmed
from authwell.middleware.returning import PARAMETER, go_back, wanted
from authwell.protocol import authentication_context as context


def show() -> Response:
    """The page, unless it was confirmed just now."""
    return go_back() if is_confirmed() else _page()


def submit() -> Response:
    """Check the password; whoever has a second factor is asked for it next."""
    server, session = authorization_server(), person()
    if not site().login.confirms(server, session.account, request.form.get("password", "")):
        count_login("failure")
        return _page(gettext("This is not your password. Try again."))
    return _go_on({context.PWD: server.now})


def begin_passkey() -> Response:
    """Begin with a passkey of theirs."""
    server, session = authorization_server(), person()
    if not site().passkeys.keyring.list(server.tenant.id, session.account.id):
        raise no_options()
    authentication = site().passkeys.authentication
    return options_response(authentication.begin_factor(server, session.account, csrf.browser()))


def submit_passkey() -> Response:
    """Check it; one that has not verified its user is a second factor only."""
    server, session = authorization_server(), person()
    try:
        proven = site().passkeys.authentication.complete_factor(
            server, session.account, csrf.browser(), posted_credential()
        )
    except PasskeyRefused:
        count_login("failure")
        return _page(gettext("This passkey did not work. Try again, or use your password."))
    if context.MFA not in proven.methods:
        return _page(gettext("This passkey did not work. Try again, or use your password."))
    return _go_on(proven.methods)


def _go_on(methods: Mapping[str, datetime]) -> Response:
    session = person()
    shown = Shown(session.account, methods, session, csrf.browser())
    return entering.after(None, site().entrance.enter(authorization_server(), shown, confirming()))


def _page(error: str | None = None) -> Response:
    server, account = authorization_server(), person().account
    query = f"?{PARAMETER}={wanted()}" if wanted() else ""
    has_passkeys = bool(site().passkeys.keyring.list(server.tenant.id, account.id))
    address = f"{CONFIRM}/passkey"
    return account_page(
        "account/confirm.html",
        "overview",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        action=f"{CONFIRM}{query}",
        passkey=passkey_form(address + query, f"{address}/options") if has_passkeys else None,
        username=account.username,
        error=error,
    )
