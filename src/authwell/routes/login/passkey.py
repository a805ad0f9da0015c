"""Logging in by a passkey on the login page: by its button, or where browsers fill in names."""

from flask import Response

from authwell.identity.passkeys.authentication import Proven
from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.middleware import csrf, entering, steps
from authwell.middleware.context import authorization_server, site
from authwell.middleware.metrics import count_login, log_with
from authwell.middleware.passkeys import no_options, options_response, posted_credential
from authwell.middleware.returning import go_back
from authwell.protocol.model import Account
from authwell.routes.login import login


def options() -> Response:
    """For `navigator.credentials.get`; of the hinted account, if there is one."""
    found = login.waiting_request()
    if not login.is_next(found):
        raise no_options()
    hinted = login.hinted_account(found)
    name = hinted.username if hinted else None
    authentication = site().passkeys.authentication
    return options_response(
        authentication.begin_login(authorization_server(), csrf.browser(), name)
    )


def submit() -> Response:
    """Log in as whose passkey it is."""
    found = login.waiting_request()
    if not login.is_next(found):
        return steps.go_on(found) if found else go_back()
    try:
        proven = _prove(login.hinted_account(found))
    except PasskeyRefused:
        count_login("failure")
        return login.refuse_passkey(found)
    count_login("success")
    log_with(account_id=proven.account.id)
    return entering.enter(found, proven.account, proven.methods)


def _prove(hinted: Account | None) -> Proven:
    """Whose passkey it is; where a person is hinted at, it must be theirs."""
    proven = site().passkeys.authentication.complete_login(
        authorization_server(), csrf.browser(), posted_credential()
    )
    if hinted is not None and proven.account.id != hinted.id:
        raise PasskeyRefused("passkey_other_account", proven.account.id)
    return proven
