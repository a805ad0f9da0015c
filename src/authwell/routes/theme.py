"""`/theme.css`: the colours of the tenant, where it has some of its own.

Its address has a digest of what is in it, so that it may be kept; made of checked colours only.
"""

from flask import Blueprint, Response, abort, request

from authwell.identity.tenants.branding import branding_of
from authwell.middleware.context import authorization_server

blueprint = Blueprint("theme", __name__)

FOR_A_YEAR = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=60"


@blueprint.get("/theme.css")
def stylesheet() -> Response:
    """The stylesheet; of another version than the address says, it is not kept for long."""
    branding = branding_of(authorization_server().tenant)
    if not branding.version:
        abort(404)
    is_that = request.args.get("v") == branding.version
    headers = {"Cache-Control": FOR_A_YEAR if is_that else SHORTLY}
    return Response(branding.stylesheet, mimetype="text/css", headers=headers)
