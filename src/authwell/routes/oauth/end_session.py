"""`/oauth/logout` (OpenID Connect RP-Initiated Logout 1.0)."""

from flask import Blueprint, Response, request

from authwell.middleware.context import (
    authorization_server,
    clear_session_cookie,
    current_session,
    session_cookie_name,
    set_browser_state,
    site,
)
from authwell.middleware.csrf import browser_secret, check_csrf
from authwell.middleware.headers import allow_frames
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.pages import prefer_languages, render
from authwell.middleware.refusals import unsafe_redirect
from authwell.middleware.replies import see_other
from authwell.protocol.errors import InvalidRequest, UnsafeRedirect
from authwell.protocol.logout.front_channel import Frame, frames
from authwell.protocol.logout.rp_initiated import (
    AskFirst,
    EndBrowserSession,
    EndNamedSession,
    NothingToEnd,
    read_logout,
)
from authwell.protocol.model import Client, Session
from authwell.protocol.params import Params
from authwell.routes.oauth.forms import FORM, form_params, query_params

blueprint = Blueprint("oauth_end_session", __name__)
blueprint.register_error_handler(UnsafeRedirect, unsafe_redirect)

LOGOUT = "/oauth/logout"
CONFIRM = "/oauth/logout/confirm"
SECONDS_FOR_FRAMES = 5
"""After which the browser goes on, whether or not all clients have answered."""
KEPT = (
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "logout_hint",
    "ui_locales",
)


@blueprint.route(LOGOUT, methods=["GET", "POST"])
@limit_address
def logout() -> Response:
    """Section 2: end the session at once where the hint proves it, else ask.

    A form of another site brings no cookie, so a POST that proves nothing is asked by GET.
    """
    params = _params()
    prefer_languages((params.optional("ui_locales") or "").split())
    outcome = read_logout(authorization_server(), params, current_session())
    match outcome:
        case EndBrowserSession(session, client, location):
            return _end(session, client, location)
        case EndNamedSession(sid, client, location):
            return _end_named(sid, client, location)
        case AskFirst(session, client, _):
            return _ask(session, client, params)
        case NothingToEnd():
            return see_other(LOGOUT) if request.method == "POST" else _logged_out(None)


@blueprint.post(CONFIRM)
@limit_address
def confirm() -> Response:
    """The confirmation page's form: the person has decided."""
    check_csrf()
    session = current_session()
    if request.form.get("decision") != "logout":
        return see_other("/")
    params = Params((name, request.form[name]) for name in KEPT if name in request.form)
    prefer_languages((params.optional("ui_locales") or "").split())
    outcome = read_logout(authorization_server(), params, session)
    if session is None or isinstance(outcome, EndNamedSession | NothingToEnd):
        return _logged_out(None)
    return _end(session, outcome.client, outcome.location)


def _params() -> Params:
    try:
        if request.method == "POST" and request.mimetype == FORM:
            return form_params()
        return query_params()
    except InvalidRequest as error:
        raise UnsafeRedirect(
            "logout_malformed", "The sign-out request is invalid.", reason=error.reason
        ) from error


def _ask(session: Session, client: Client | None, params: Params) -> Response:
    fields = [(name, value) for name in KEPT if (value := params.optional(name)) is not None]
    return browser_secret().send(
        render(
            "logout.html",
            action=CONFIRM,
            fields=fields,
            account_name=session.account.full_name or session.account.username,
            client={"name": client.name} if client is not None else None,
        )
    )


def _end(session: Session, client: Client | None, location: str | None) -> Response:
    server = authorization_server()
    participants = site().sessions.end(server, session, client)
    return _logged_out(location, frames(server, participants))


def _end_named(sid: str | None, client: Client, location: str | None) -> Response:
    server = authorization_server()
    participants = () if sid is None else site().sessions.end_by_sid(server, sid, client)
    return _logged_out(location, frames(server, participants))


def _logged_out(location: str | None, framed: tuple[Frame, ...] = ()) -> Response:
    if framed:
        response = _page_with_frames(location, framed)
    else:
        response = see_other(location) if location else render("logged_out.html", client_link=None)
    # Whoever comes without the cookie may be another site's form: it must not take it away.
    if session_cookie_name() in request.cookies:
        clear_session_cookie(response)
        set_browser_state(response, None)
    return response


def _page_with_frames(location: str | None, framed: tuple[Frame, ...]) -> Response:
    """The page that tells clients by the browser (Front-Channel Logout section 3), then goes on."""
    allow_frames(frame.origin for frame in framed)
    return render("logging_out.html", frames=framed, location=location, seconds=SECONDS_FOR_FRAMES)
