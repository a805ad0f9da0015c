"""From what a person has shown on a page to the next page, whichever page it was."""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never
from urllib.parse import urlencode

from flask import Response

from authwell.identity.entrance import (
    EnrolmentNeeded,
    Entered,
    Entry,
    SecondFactorNeeded,
    Shown,
)
from authwell.identity.factors.levels import ANYTHING, Wanted
from authwell.middleware import csrf, returning, steps
from authwell.middleware.context import (
    authorization_server,
    current_session,
    set_browser_state,
    set_session_cookie,
    site,
)
from authwell.middleware.replies import see_other
from authwell.middleware.returning import go_back
from authwell.protocol.authorization import waiting
from authwell.protocol.authorization.waiting import Waiting
from authwell.protocol.model import Account

SECOND_FACTOR = "/second-factor"
ENROLMENT = "/second-factor/enrol"
PARAMETER = "login"


def enter(found: Waiting | None, account: Account, methods: Mapping[str, datetime]) -> Response:
    """Log the person in, or lead to the page of what is missing."""
    shown = Shown(account, methods, current_session(), csrf.browser())
    return after(found, site().entrance.enter(authorization_server(), shown, wanted(found)))


def after(found: Waiting | None, entry: Entry) -> Response:
    """Where the answer of the entrance leads."""
    match entry:
        case Entered():
            return _entered(found, entry)
        case SecondFactorNeeded(token, _):
            return see_other(_address(SECOND_FACTOR, token, found))
        case EnrolmentNeeded(token, _):
            return see_other(_address(ENROLMENT, token, found))
        case _:
            assert_never(entry)


def wanted(found: Waiting | None) -> Wanted:
    """What the waiting request asks: who must log in for it again shows everything anew."""
    return ANYTHING if found is None else Wanted(since=found.interaction.created_at)


def _entered(found: Waiting | None, entered: Entered) -> Response:
    if found is not None and "select_account" in found.request.prompt:
        waiting.note_selection(authorization_server(), found, entered.session.account)
    response = steps.go_on(found) if found else go_back()
    set_browser_state(response, entered.session)
    set_session_cookie(response, entered.cookie)
    return response


def _address(page: str, token: str, found: Waiting | None) -> str:
    parameters = {PARAMETER: token}
    if found is not None:
        parameters[steps.PARAMETER] = found.id
    elif (page_of_ours := returning.wanted()) is not None:
        parameters[returning.PARAMETER] = page_of_ours
    return f"{page}?{urlencode(parameters)}"
