"""The page where a person chooses whom to go on as (prompt=select_account)."""

from dataclasses import dataclass

from flask import Response, request

from authwell.middleware import steps
from authwell.middleware.context import authorization_server, current_session
from authwell.middleware.replies import see_other
from authwell.protocol.authorization import waiting
from authwell.protocol.authorization.interaction import SelectAccount
from authwell.protocol.authorization.waiting import Waiting
from authwell.protocol.model import Account


@dataclass(frozen=True, slots=True)
class Choice:
    """One button of the page."""

    id: str
    name: str
    detail: str


def show() -> Response:
    """The page, if choosing is what comes next."""
    found = steps.find_waiting()
    session = current_session()
    if session is None or not isinstance(steps.current_step(found), SelectAccount):
        return steps.go_on(found)
    return _page(found, session.account)


def choose() -> Response:
    """Go on as the account of this browser, or log in with another."""
    found = steps.find_waiting()
    session = current_session()
    if session is None or not isinstance(steps.current_step(found), SelectAccount):
        return steps.go_on(found)
    if "other" in request.form:
        return see_other(steps.address("show_login", found))
    if request.form.get("account") != session.account.id:
        return _page(found, session.account)
    waiting.note_selection(authorization_server(), found, session.account)
    return steps.go_on(found)


def _page(found: Waiting, account: Account) -> Response:
    choice = Choice(account.id, steps.name_of(account), account.email or account.username)
    return steps.page(
        "select_account.html",
        found,
        action=steps.address("choose_account", found),
        accounts=(choice,),
    )
