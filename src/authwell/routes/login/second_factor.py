"""The page where a login that waits is asked for its second factor."""

from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext

from authwell.identity.factors.checks import Proven
from authwell.identity.factors.levels import Wanted
from authwell.identity.login.entrance import Pending
from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.middleware import csrf, entering, steps
from authwell.middleware.context import authorization_server, site
from authwell.middleware.metrics import count_second_factor, log_with
from authwell.middleware.passkeys import (
    no_options,
    options_response,
    passkey_form,
    posted_credential,
)
from authwell.middleware.replies import see_other
from authwell.middleware.second_factors import check_code
from authwell.protocol.authorization.interaction import StepUp
from authwell.routes.login import login


def show() -> Response:
    """The page, if a login of this browser waits for it."""
    pending = entering.pending()
    if pending is None:
        return entering.start_again(login.waiting_request())
    if pending.enrols:
        return see_other(entering.here("show_enrolment"))
    return _page(pending)


def step_up() -> Response:
    """To this page, for who is logged in and whose request wants more."""
    found = steps.find_waiting()
    step = steps.current_step(found)
    if not isinstance(step, StepUp):
        return steps.go_on(found)
    return entering.step_up(found, Wanted(step.acr, is_wish=step.is_wish))


def submit() -> Response:
    """Check a code, and go on."""
    found = login.waiting_request()
    if "cancel" in request.form:
        return entering.give_up(found)
    pending = entering.pending()
    if pending is None or pending.enrols:
        return entering.start_again(found)
    outcome = check_code(pending.account)
    if not isinstance(outcome, Proven):
        return _page(pending, outcome)
    return entering.go_on(found, pending, outcome.methods)


def passkey_options() -> Response:
    """For `navigator.credentials.get`, of this person's passkeys."""
    pending = entering.pending()
    if pending is None or "passkey" not in pending.asked or pending.enrols:
        raise no_options()
    authentication = site().passkeys.authentication
    return options_response(
        authentication.begin_factor(authorization_server(), pending.account, csrf.browser())
    )


def submit_passkey() -> Response:
    """Check it, and go on."""
    found = login.waiting_request()
    pending = entering.pending()
    if pending is None or "passkey" not in pending.asked or pending.enrols:
        return entering.start_again(found)
    log_with(account_id=pending.account.id)
    try:
        proven = site().passkeys.authentication.complete_factor(
            authorization_server(), pending.account, csrf.browser(), posted_credential()
        )
    except PasskeyRefused:
        count_second_factor("failure")
        return _page(pending, gettext("No passkey was used. Try again, or choose another way."))
    count_second_factor("success")
    return entering.go_on(found, pending, proven.methods)


def _page(pending: Pending, error: str | None = None) -> Response:
    found = login.waiting_request()
    has_passkey = "passkey" in pending.asked
    lifetime = authorization_server().tenant.policy.trusted_device_lifetime
    return steps.page(
        "second_factor.html",
        found,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        action=entering.here("submit_second_factor"),
        error=error,
        account_name=steps.name_of(pending.account),
        takes_codes=bool({"totp", "backup_code"} & set(pending.asked)),
        has_app="totp" in pending.asked,
        trust_days=lifetime.days if lifetime and not pending.wanted.acr else None,
        passkey=passkey_form(
            entering.here("submit_factor_passkey"), entering.here("begin_factor_passkey")
        )
        if has_passkey
        else None,
    )
