"""`POST /oauth/token`, `/oauth/introspect`, `/oauth/revoke`: the machine endpoints."""

from flask import Blueprint, Response, abort

from authwell.middleware.context import site
from authwell.middleware.limits import limit_machine
from authwell.routes.oauth.server import endpoint_response, token_response

blueprint = Blueprint("oauth_machine", __name__)


@blueprint.post("/oauth/token")
@limit_machine
def token() -> Response:
    """RFC 6749 section 3.2."""
    return token_response()


@blueprint.post("/oauth/introspect")
@limit_machine
def introspect() -> Response:
    """RFC 7662 section 2."""
    if not site().settings.token_introspection_enabled:
        abort(404)
    return endpoint_response("introspection")


@blueprint.post("/oauth/revoke")
@limit_machine
def revoke() -> Response:
    """RFC 7009 section 2."""
    if not site().settings.token_revocation_enabled:
        abort(404)
    return endpoint_response("revocation")
