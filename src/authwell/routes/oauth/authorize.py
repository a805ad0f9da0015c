"""`/oauth/authorize`: from a request to a page of ours, or straight back to the client."""

from collections.abc import Callable

from flask import Blueprint, Response, request

from authwell.middleware import csrf
from authwell.middleware.context import (
    authorization_server,
    current_session,
    keep_browser_state,
    with_fresh_configuration,
)
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.refusals import refused_request, unsafe_redirect
from authwell.middleware.replies import reply, see_other
from authwell.protocol.authorization import waiting
from authwell.protocol.authorization.checks import check_request
from authwell.protocol.authorization.interaction import (
    AskConsent,
    Grant,
    LogIn,
    Progress,
    Register,
    SelectAccount,
    Step,
    StepUp,
)
from authwell.protocol.authorization.request import (
    AuthorizationRequest,
    RefusedRequest,
    read_request,
)
from authwell.protocol.authorization.response import Decision, grant_request
from authwell.protocol.errors import InvalidRequest, UnsafeRedirect
from authwell.protocol.params import Params
from authwell.protocol.server import AuthorizationServer
from authwell.routes.oauth.forms import form_params, query_params

blueprint = Blueprint("oauth_authorize", __name__)
blueprint.register_error_handler(UnsafeRedirect, unsafe_redirect)
blueprint.register_error_handler(RefusedRequest, refused_request)

PAGES: dict[type[Step], str] = {
    Register: "/create-account",
    LogIn: "/login",
    StepUp: "/step-up",
    SelectAccount: "/select-account",
    AskConsent: "/consent",
}


@blueprint.get("/oauth/authorize")
@limit_address
def authorize() -> Response:
    """RFC 6749 section 3.1, OpenID Connect Core section 3.1.2."""
    return _proceed(_checked(_readable(query_params)))


@blueprint.post("/oauth/authorize")
@limit_address
def authorize_by_form() -> Response:
    """The same by POST: kept, because another site's form brings no cookie, then fetched by GET."""
    wanted = _checked(_readable(form_params))
    identifier = waiting.keep_posted(authorization_server(), wanted)
    return see_other(f"/oauth/authorize/posted?request={identifier}")


@blueprint.get("/oauth/authorize/posted")
@limit_address
def posted() -> Response:
    """The GET of our own that follows a POST; once."""
    params = waiting.take_posted(authorization_server(), request.args.get("request"))
    return _proceed(_checked(params, is_kept=True))


@blueprint.get("/oauth/authorize/continue")
@limit_address
def proceed_after_page() -> Response:
    """Where the pages come back to: the next page, or the answer."""
    identifier = request.args.get("interaction")
    found = with_fresh_configuration(
        lambda server: waiting.find(server, identifier, csrf.browser())
    )
    server = authorization_server()
    step = waiting.step(server, found, current_session())
    if isinstance(step, Grant):
        return _grant(server, found.request, Decision(step, found.interaction))
    return _page(step, found.id)


def _proceed(wanted: AuthorizationRequest) -> Response:
    server = authorization_server()
    step = waiting.decide(server, wanted, current_session(), Progress())
    if isinstance(step, Grant):
        return _grant(server, wanted, Decision(step))
    kept = waiting.keep(server, wanted, csrf.browser())
    return csrf.browser_secret().send(_page(step, kept.id))


def _grant(
    server: AuthorizationServer, wanted: AuthorizationRequest, decision: Decision
) -> Response:
    response = reply(grant_request(server, wanted, decision))
    keep_browser_state(response, decision.step.session)
    return response


def _page(step: Step, identifier: str) -> Response:
    return see_other(f"{PAGES[type(step)]}?interaction={identifier}")


def _checked(params: Params, *, is_kept: bool = False) -> AuthorizationRequest:
    def read(server: AuthorizationServer) -> AuthorizationRequest:
        wanted = read_request(server, params, is_kept=is_kept)
        check_request(server, wanted)
        return wanted

    return with_fresh_configuration(read)


def _readable(read: Callable[[], Params]) -> Params:
    try:
        return read()
    except InvalidRequest as error:
        raise UnsafeRedirect(
            "request_unreadable",
            "The request is invalid: its parameters cannot be read.",
            reason=error.reason,
        ) from error
