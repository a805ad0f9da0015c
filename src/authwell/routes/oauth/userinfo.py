"""`/oauth/userinfo` (OpenID Connect Core section 5.3)."""

import orjson
from flask import Blueprint, Response, request

from authwell.middleware.bearer import bearer_error, bearer_token
from authwell.middleware.calls import NO_STORE
from authwell.middleware.context import authorization_server
from authwell.middleware.limits import limit_address
from authwell.protocol.errors import AmbiguousToken, BearerError, InvalidRequest
from authwell.protocol.userinfo import userinfo as answer
from authwell.routes.oauth.forms import FORM, form_params

blueprint = Blueprint("oauth_userinfo", __name__)
blueprint.register_error_handler(BearerError, bearer_error)


@blueprint.route("/oauth/userinfo", methods=["GET", "POST"])
@limit_address
def userinfo() -> Response:
    """The claims of the token's person, as JSON or in the form that its client registered."""
    claims = answer(authorization_server(), bearer_token(_form_token()))
    if isinstance(claims, str):
        response = Response(claims, mimetype="application/jwt", headers=NO_STORE)
    else:
        body = orjson.dumps(claims)
        response = Response(body, mimetype="application/json", headers=NO_STORE)
    interaction_id = request.headers.get("x-fapi-interaction-id")
    if interaction_id is not None and interaction_id.isprintable():
        response.headers["x-fapi-interaction-id"] = interaction_id[:100]
    return response


def _form_token() -> str | None:
    if request.method != "POST" or request.mimetype != FORM:
        return None
    try:
        params = form_params()
        params.check()
    except InvalidRequest as error:
        raise AmbiguousToken(error.reason) from error
    return params.optional("access_token")
