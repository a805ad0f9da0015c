"""`/oauth/userinfo` (OpenID Connect Core section 5.3)."""

import orjson
from flask import Blueprint, Response, request

from authwell.middleware.context import authorization_server
from authwell.middleware.limits import limit_address
from authwell.protocol.errors import AmbiguousToken, BearerError, InvalidRequest, MissingToken
from authwell.protocol.userinfo import userinfo as answer
from authwell.routes.oauth.errors import NO_STORE, bearer_error
from authwell.routes.oauth.forms import FORM, form_params

blueprint = Blueprint("oauth_userinfo", __name__)
blueprint.register_error_handler(BearerError, bearer_error)


@blueprint.route("/oauth/userinfo", methods=["GET", "POST"])
@limit_address
def userinfo() -> Response:
    """The claims of the token's person as JSON."""
    claims = answer(authorization_server(), _token())
    response = Response(orjson.dumps(claims), mimetype="application/json", headers=NO_STORE)
    interaction_id = request.headers.get("x-fapi-interaction-id")
    if interaction_id is not None and interaction_id.isprintable():
        response.headers["x-fapi-interaction-id"] = interaction_id[:100]
    return response


def _token() -> str:
    """The access token, sent in exactly one of the two ways of RFC 6750 that are safe."""
    if "access_token" in request.args:
        raise AmbiguousToken("an access token in the URL")
    scheme, _, in_header = request.headers.get("Authorization", "").partition(" ")
    in_form = _form_token()
    if scheme and in_form:
        raise AmbiguousToken("two access tokens")
    if in_form:
        return in_form
    if scheme.lower() != "bearer" or not in_header.strip():
        raise MissingToken("no bearer token")
    return in_header.strip()


def _form_token() -> str | None:
    if request.method != "POST" or request.mimetype != FORM:
        return None
    try:
        params = form_params()
        params.check()
    except InvalidRequest as error:
        raise AmbiguousToken(error.reason) from error
    return params.optional("access_token")
