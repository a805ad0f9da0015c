"""The page of sessions and devices (REQUIREMENTS.md F1 to F3, F12)."""

from flask import Response, request

from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, clear_session_cookie, site
from authwell.middleware.notices import notify
from authwell.middleware.replies import see_other

PATH = "/account/sessions"
LOGGED_OUT = "/oauth/logout"
"""Says that nobody is logged in, where nobody is."""


def show() -> Response:
    """Where one is logged in, and the devices that one is known by."""
    here, server, session = site().own_sessions, authorization_server(), person()
    sessions = here.list(server, session.account, session.id)
    return account_page(
        "account/sessions.html",
        "sessions",
        sessions=sessions,
        devices=here.devices(server, session.account),
        own_device=next((found.device_id for found in sessions if found.is_current), None),
        now=server.now,
    )


def end() -> Response:
    """End one session, all others, or all; or forget a device with its sessions."""
    form = request.form
    if "session" in form:
        return _end_one(form["session"])
    if "device" in form:
        return _forget(form["device"])
    match form.get("end"):
        case "others":
            return _end_others()
        case "all":
            return _end_all()
        case _:
            return see_other(PATH)


def _end_one(session_id: str) -> Response:
    server, session = authorization_server(), person()
    ended = site().own_sessions.end(server, session.account, session_id)
    if session_id == session.id:
        return _gone()
    return notify(see_other(PATH), "session_ended") if ended else see_other(PATH)


def _end_others() -> Response:
    server, session = authorization_server(), person()
    site().own_sessions.end_others(server, session.account, session.id)
    return notify(see_other(PATH), "sessions_ended")


def _end_all() -> Response:
    site().own_sessions.end_all(authorization_server(), person().account)
    return _gone()


def _forget(device_id: str) -> Response:
    server, session = authorization_server(), person()
    forgotten = site().own_sessions.forget_device(server, session.account, device_id)
    # Its sessions ended with it, so this one did if it was this browser.
    if not any(
        found.is_current for found in site().own_sessions.list(server, session.account, session.id)
    ):
        return _gone()
    return notify(see_other(PATH), "device_forgotten") if forgotten else see_other(PATH)


def _gone() -> Response:
    response = see_other(LOGGED_OUT)
    clear_session_cookie(response)
    return response
