"""The page of passkeys: add, rename, remove (REQUIREMENTS.md E11)."""

from http import HTTPStatus
from typing import Final

from flask import Response, request
from flask_babel import gettext

from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.keyring import FactorNeeded
from authwell.identity.passkeys.names import InvalidName
from authwell.identity.passkeys.registration import NewPasskey, Registered
from authwell.middleware import csrf
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.middleware.passkeys import (
    no_options,
    options_response,
    passkey_form,
    posted_credential,
)
from authwell.middleware.recency import confirm_first, is_confirmed
from authwell.middleware.replies import see_other

PATH: Final = "/account/passkeys"


def show() -> Response:
    """The passkeys; forms to change them for who has confirmed just now who they are."""
    return _page()


def begin() -> Response:
    """The options of a new one."""
    if not is_confirmed():
        raise no_options()
    try:
        return options_response(
            site().passkeys.registration.begin(
                authorization_server(), person().account, csrf.browser(), passwordless=False
            )
        )
    except PasskeyRefused as refusal:
        raise no_options() from refusal


def add() -> Response:
    """Keep what the browser made."""
    if not is_confirmed():
        return confirm_first(PATH)
    try:
        made = site().passkeys.registration.complete(
            authorization_server(),
            person().account,
            csrf.browser(),
            NewPasskey(request.form.get("passkey_name", ""), posted_credential()),
        )
    except InvalidName:
        return _page(error=gettext("Give the passkey a name that can be shown."))
    except PasskeyRefused:
        return _page(error=gettext("This passkey was not added. Try again."))
    site().outbox_bell.set()
    if made.backup_codes:
        return _page(made=made)
    return notify(see_other(PATH), "passkey_added")


def rename() -> Response:
    """Call one otherwise."""
    if not is_confirmed():
        return confirm_first(PATH)
    keyring, name = site().passkeys.keyring, request.form.get("name", "")
    try:
        keyring.rename(authorization_server(), person().account, _key(), name)
    except InvalidName:
        return _page(error=gettext("Give the passkey a name that can be shown."))
    return see_other(PATH)


def remove() -> Response:
    """Remove one."""
    if not is_confirmed():
        return confirm_first(PATH)
    keyring = site().passkeys.keyring
    try:
        removed = keyring.remove(authorization_server(), person().account, _key())
    except FactorNeeded:
        return _page(error=gettext("You need a second factor. Set up another one first."))
    site().outbox_bell.set()
    return notify(see_other(PATH), "passkey_removed") if removed else see_other(PATH)


def _key() -> str:
    return request.form.get("key", "")


def _page(error: str | None = None, made: Registered | None = None) -> Response:
    server = authorization_server()
    return account_page(
        "account/passkeys.html",
        "security",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        passkeys=site().passkeys.keyring.list(server.tenant.id, person().account.id),
        is_confirmed=is_confirmed(),
        confirm=confirm_first(PATH).headers["Location"],
        passkey=passkey_form(PATH, f"{PATH}/options"),
        backup_codes=made.backup_codes if made else (),
        error=error,
    )
