"""Pages that only somebody sees who has shown just now who they are (THREATS.md MF-05)."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec
from urllib.parse import urlencode

from flask import Response, request

from authwell.identity.factors.levels import Wanted
from authwell.identity.factors.recency import RECENT, is_recent
from authwell.middleware import returning
from authwell.middleware.context import (
    authorization_server,
    current_session,
    owes_password,
    site,
)
from authwell.middleware.replies import see_other
from authwell.protocol import authentication_context as context
from authwell.protocol import second_factor
from authwell.protocol.model import Session

P = ParamSpec("P")

CONFIRM: Final = "/account/confirm"


def is_confirmed() -> bool:
    """Whether all that the session rests on was shown in the last five minutes, and is enough."""
    server, session = authorization_server(), current_session()
    if session is None or second_factor.is_owed(server, session):
        return False
    enrolled = site().second_factors.enrolled(server, session.account)
    return is_recent(session.auth_time, session.amr, enrolled, server.now)


def require_recent_login(view: Callable[P, Response]) -> Callable[P, Response]:
    """Decorate a page, and what its form does; both have one path, to which it leads back."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        return view(*args, **kwargs) if is_confirmed() else confirm_first(request.path)

    return guarded


def owes_more(session: Session) -> bool:
    """Whether the tenant wants more of the person by now than the session has."""
    return not owes_password() and second_factor.is_owed(authorization_server(), session)


def confirm_first(path: str) -> Response:
    """To the page that asks for it, which leads back to this path."""
    return see_other(confirm_address(path))


def confirm_address(path: str) -> str:
    """Where it is asked for, on the way to this path."""
    return f"{CONFIRM}?{urlencode({returning.PARAMETER: path})}"


def confirming() -> Wanted:
    """What must be shown there: all that the person has, and nothing that is older counts."""
    since = authorization_server().now - RECENT
    return Wanted(acr=frozenset({context.MULTI_FACTOR}), since=since, is_wish=True)
