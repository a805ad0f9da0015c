"""`/.well-known/webfinger` (RFC 7033 section 4, OpenID Connect Discovery section 2)."""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response, request

from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits.decorators import limit_address
from authwell.protocol.errors import InvalidRequest
from authwell.protocol.webfinger import describe, host_in
from authwell.storage.registry import ROOT
from authwell.utils.urls import host_of

blueprint = Blueprint("oauth_webfinger", __name__)


@blueprint.get("/.well-known/webfinger")
@limit_address
def webfinger() -> Response:
    """The issuer that an identifier's host leads to; the same for everybody of that host."""
    resources = request.args.getlist("resource")
    if len(resources) != 1:
        raise Problem(
            HTTPStatus.BAD_REQUEST, "resource_missing", "Send the parameter resource, once."
        )
    settings, server = site().settings, authorization_server()
    # Further hosts of the server are the default tenant's.
    hosts = settings.allowed_hosts if server.tenant.slug == ROOT else ()
    try:
        found = describe(
            server.issuer,
            hosts,
            resources[0],
            request.args.getlist("rel"),
        )
    except InvalidRequest as error:
        raise Problem(HTTPStatus.BAD_REQUEST, error.rule, error.description) from error
    if found is None:
        found = _of_a_tenant(resources[0])
    if found is None:
        raise Problem(
            HTTPStatus.NOT_FOUND, "resource_unknown", "Nothing is known here of that host."
        )
    age = int(settings.jwks_max_age.total_seconds())
    return Response(
        orjson.dumps(found),
        mimetype="application/jrd+json",
        headers={"Cache-Control": f"public, max-age={age}"},
    )


def _of_a_tenant(resource: str) -> dict[str, Any] | None:
    """The same of a domain that a tenant has shown to be its own."""
    host = host_in(resource)
    owner = None if host is None else site().domains.owner(host_of(host), "email")
    if owner is None:
        return None
    return describe(owner.issuer, {host_of(str(host))}, resource, request.args.getlist("rel"))
