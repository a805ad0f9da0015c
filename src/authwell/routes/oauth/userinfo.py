"""`/oauth/userinfo` (OpenID Connect Core section 5.3): a machine endpoint for bearers of tokens."""

from typing import Any, Final

import orjson
from flask import Blueprint, Response

from authwell.middleware.bearer import bearer_answer, bearer_of
from authwell.middleware.calls import JSON, NO_STORE, Answer, Call, Headers
from authwell.middleware.context import Site
from authwell.middleware.limits.counting import Limits
from authwell.protocol.errors import AmbiguousToken, BearerError, InvalidRequest
from authwell.protocol.userinfo import userinfo as ask_engine
from authwell.routes.oauth.forms import FORM, form_of
from authwell.routes.oauth.token import Endpoint, always, by_flask

JWT: Final[Headers] = (("Content-Type", "application/jwt"),)

blueprint = Blueprint("oauth_userinfo", __name__)


def userinfo_answer(site: Site, call: Call) -> Answer:
    """The claims of the token's person, as JSON or in the form that its client registered."""
    try:
        token = bearer_of(call.query, call.authorization, _form_token(call))
        claims = ask_engine(site.server(site.clock(), call.caller, call.tenant), token)
    except BearerError as error:
        return bearer_answer(error, call.path)
    return Answer(200, *_written(claims, _repeated(call.interaction_id)))


def _written(claims: dict[str, Any] | str, more: Headers) -> tuple[bytes, Headers]:
    if isinstance(claims, str):
        return claims.encode("ascii"), JWT + NO_STORE + more
    return orjson.dumps(claims), JSON + NO_STORE + more


def _repeated(interaction_id: str | None) -> Headers:
    if interaction_id is None or not interaction_id.isprintable():
        return ()
    return (("x-fapi-interaction-id", interaction_id[:100]),)


def _form_token(call: Call) -> str | None:
    if call.method != "POST" or call.media_type != FORM:
        return None
    try:
        params = form_of(call)
        params.check()
    except InvalidRequest as error:
        raise AmbiguousToken(error.reason) from error
    return params.optional("access_token")


def _by_address(limits: Limits, name: str, call: Call) -> None:
    limits.charge_address(name, call.caller.address)


USERINFO: Final = Endpoint(
    "oauth_userinfo.userinfo",
    "/oauth/userinfo",
    userinfo_answer,
    always,
    methods=("GET", "POST"),
    charge=_by_address,
)


@blueprint.route(USERINFO.path, methods=USERINFO.methods)
def userinfo() -> Response:
    """Section 5.3.1."""
    return by_flask(USERINFO)
