"""From what a person has shown on a page to the next page, whichever page it was."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_never
from urllib.parse import urlencode

from flask import Response, request, url_for

from authwell.identity.factors.levels import ANYTHING, Wanted
from authwell.identity.login.entrance import (
    EnrolmentNeeded,
    Entered,
    Entry,
    Pending,
    SecondFactorNeeded,
    Shown,
)
from authwell.middleware import csrf, returning, steps
from authwell.middleware.context import (
    PASSWORD_PAGE,
    authorization_server,
    current_session,
    set_browser_state,
    set_session_cookie,
    site,
)
from authwell.middleware.replies import see_other
from authwell.protocol.authorization import waiting
from authwell.protocol.authorization.waiting import Waiting
from authwell.protocol.model import Account, Session

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
            response = see_other(_first_page(entry.session.account) or next_page(found))
            log_in(response, entry, found)
            return response
        case SecondFactorNeeded(token, _):
            return see_other(_address(SECOND_FACTOR, found, token))
        case EnrolmentNeeded(token, _):
            return see_other(_address(ENROLMENT, found, token))
        case _:
            assert_never(entry)


def step_up(found: Waiting, more: Wanted) -> Response:
    """Lead who is logged in to the page of what the waiting request wants beside."""
    session = current_session()
    if session is None:
        return steps.go_on(found)
    shown = Shown(session.account, {}, session, csrf.browser())
    return after(found, site().entrance.enter(authorization_server(), shown, more))


def pending() -> Pending | None:
    """The login of this browser that the page's address names, if it still waits."""
    tokens = request.args.getlist(PARAMETER)
    if len(tokens) != 1:
        return None
    return site().entrance.pending(
        authorization_server(), tokens[0], csrf.browser(), current_session()
    )


def go_on(found: Waiting | None, login: Pending, methods: Mapping[str, datetime]) -> Response:
    """Enter with what was shown now; to the beginning, if the login waits no more."""
    entry = resume(login, methods)
    if entry is None:
        return start_again(found)
    response = after(found, entry)
    if isinstance(entry, Entered) and "trust" in request.form and not login.wanted.acr:
        site().entrance.trust(authorization_server(), entry.session.account)
    return response


def resume(login: Pending, methods: Mapping[str, datetime]) -> Entry | None:
    """What the entrance says to it."""
    return site().entrance.go_on(
        authorization_server(), login, methods, current_session(), csrf.browser()
    )


def log_in(response: Response, entered: Entered, found: Waiting | None) -> None:
    """Give the browser its session."""
    chooses = found is not None and "select_account" in found.request.prompt
    if found is not None and chooses and _is_new(found, entered.session):
        waiting.note_selection(authorization_server(), found, entered.session.account)
    set_browser_state(response, entered.session)
    set_session_cookie(response, entered.cookie)


def start_again(found: Waiting | None) -> Response:
    """To the step that the request is at, or to the login page (THREATS.md BR-11)."""
    return steps.go_on(found) if found else see_other(_address(steps.LOGIN, None))


def give_up(found: Waiting | None) -> Response:
    """Tell the client that the person did not go on, or let somebody else log in."""
    return steps.cancel(found) if found else see_other(steps.LOGIN)


def next_page(found: Waiting | None) -> str:
    """Where a login leads."""
    return steps.continuation(found) if found else returning.wanted() or returning.HOME


def here(endpoint: str) -> str:
    """Where a page of a waiting login posts to: with all of its address's parameters."""
    names = (PARAMETER, steps.PARAMETER, returning.PARAMETER)
    values: dict[str, Any] = {name: request.args[name] for name in names if name in request.args}
    return url_for(f".{endpoint}", **values)


def note_shown(response: Response, session: Session, methods: Mapping[str, datetime]) -> Response:
    """Let what was shown count in the session too, which goes on under a new cookie."""
    shown = Shown(session.account, methods, session, csrf.browser())
    entry = site().entrance.enter(authorization_server(), shown)
    if isinstance(entry, Entered):
        set_browser_state(response, entry.session)
        set_session_cookie(response, entry.cookie)
    return response


def wanted(found: Waiting | None) -> Wanted:
    """What the waiting request asks: who must log in for it again shows everything anew."""
    return ANYTHING if found is None else Wanted(since=found.interaction.created_at)


def _first_page(account: Account) -> str | None:
    """The page that comes before all others: a password that others know is changed (K16)."""
    server = authorization_server()
    return PASSWORD_PAGE if site().first_administrator.must_change(server, account) else None


def _is_new(found: Waiting, session: Session) -> bool:
    """Whether they have chosen who to be by logging in, and not by one more factor."""
    return session.auth_time >= found.interaction.created_at


def _address(page: str, found: Waiting | None, token: str | None = None) -> str:
    parameters = {} if token is None else {PARAMETER: token}
    if found is not None:
        parameters[steps.PARAMETER] = found.id
    elif (page_of_ours := returning.wanted()) is not None:
        parameters[returning.PARAMETER] = page_of_ours
    return f"{page}?{urlencode(parameters)}" if parameters else page
