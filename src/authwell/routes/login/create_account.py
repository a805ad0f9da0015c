"""The way to the page that makes accounts, and back (Initiating User Registration via OpenID
Connect 1.0).

The page is ours, or the operator's: `registration_page` of the tenant's policy. That one is told
where to send the person afterwards, and nobody but the operator chooses where it is.
"""

from urllib.parse import urlencode

from flask import Response, url_for

from authwell.middleware import steps
from authwell.middleware.context import authorization_server, current_session
from authwell.middleware.replies import see_other
from authwell.protocol.authorization import waiting
from authwell.protocol.authorization.interaction import LogIn, Register, SelectAccount
from authwell.protocol.authorization.waiting import Waiting
from authwell.protocol.policy import REGISTRATION_PAGE
from authwell.utils.urls import below


def show() -> Response:
    """To the page, if making an account is what may come next."""
    server = authorization_server()
    page = server.tenant.policy.registration_page
    found = steps.find_waiting() if steps.has_interaction() else None
    if found is None:
        is_next = current_session() is None
        return _to(page, steps.LOGIN) if page and is_next else see_other(steps.HOME)
    step = steps.current_step(found)
    if page is None or not isinstance(step, Register | LogIn | SelectAccount):
        return steps.go_on(found)
    waiting.note_registration(server, found)
    return _to(page, steps.continuation(found), found)


def _to(page: str, return_to: str, found: Waiting | None = None) -> Response:
    if page == REGISTRATION_PAGE:
        interaction = found.id if found is not None else None
        return see_other(url_for("people.show_registration", interaction=interaction))
    issuer = authorization_server().issuer
    told = {"return_to": below(issuer, return_to)}
    if found is not None:
        told["client_id"] = found.request.client.client_id
        if found.request.login_hint:
            told["login_hint"] = found.request.login_hint
        if found.request.ui_locales:
            told["ui_locales"] = " ".join(found.request.ui_locales)
    address = below(issuer, page) if page.startswith("/") else page
    return see_other(f"{address}{'&' if '?' in address else '?'}{urlencode(told)}")
