"""What the pages of second factors share: codes that were sent, and how often they were right."""

from typing import assert_never

from flask import request
from flask_babel import lazy_gettext as _

from authwell.identity.factors.checks import Proven, Refused
from authwell.identity.factors.second_factors import Added
from authwell.identity.factors.totp import Setup
from authwell.middleware.context import authorization_server, site
from authwell.middleware.metrics import count_second_factor, log_with
from authwell.middleware.refusals import log_refusal
from authwell.protocol.model import Account

CODE = "code"
_WRONG = _("The code is wrong, or was used before. Try the next one.")
_SENTENCES = {
    "account_locked": _("There were too many wrong codes. Wait a while, then log in again."),
    "not_started": _("This code came too late. Start again."),
    "mfa_required": _("You need a second factor here. Add another one first."),
}


def check_code(account: Account) -> Proven | str:
    """The code of the form, or the sentence that says what was wrong with it."""
    outcome = site().second_factors.check(
        authorization_server(), account, request.form.get(CODE, "")
    )
    _count(account, outcome)
    return outcome if isinstance(outcome, Proven) else sentence(outcome)


def confirm_app(account: Account) -> Added | str:
    """The first code of an app, or the sentence that says what was wrong with it."""
    outcome = site().second_factors.confirm_totp(
        authorization_server(), account, request.form.get(CODE, "")
    )
    _count(account, outcome)
    return outcome if isinstance(outcome, Added) else sentence(outcome)


def setup_of(account: Account) -> Setup | None:
    """The secret that waits for its first code, a new one if there is none; None for an app."""
    factors, server = site().second_factors, authorization_server()
    waiting = factors.waiting_totp(server, account)
    if waiting is not None:
        return waiting
    started = factors.start_totp(server, account)
    return started if isinstance(started, Setup) else None


def sentence(refused: Refused) -> str:
    """What was wrong, and what to do."""
    found = _SENTENCES.get(refused.reason, _WRONG)
    return str(found)


def _count(account: Account, outcome: Proven | Added | Refused) -> None:
    log_with(account_id=account.id)
    match outcome:
        case Refused(reason):
            log_refusal(reason, "second factor")
            count_second_factor("locked" if reason == "account_locked" else "failure")
        case Proven() | Added():
            count_second_factor("success")
        case _:
            assert_never(outcome)
