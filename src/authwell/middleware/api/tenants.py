"""Whose call of our API it is (REQUIREMENTS.md K35, THREATS.md TN-02 and TN-03).

Path or host name the tenant, else the header `X-Tenant`; an access token's issuer and an API key
belong to one anyway. Who brings neither may name it in the body. A token of another tenant than
the one that is named is refused.
"""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final

import orjson
from flask import Blueprint, g, request

from authwell.middleware.api.bodies import FORM, JSON
from authwell.middleware.calls import TENANT, snapshots_of
from authwell.middleware.context import site
from authwell.middleware.errors import Problem
from authwell.middleware.tenancy import require_active
from authwell.storage.snapshots import Snapshots
from authwell.utils.logs import bind_request

HEADER: Final = "X-Tenant"
MEMBER: Final = "tenant"
"""Of the body of a call that nobody is logged in for."""
_MOST_OF_TOKEN: Final = 16_384


def choose(blueprint: Blueprint) -> None:
    """Let the calls of a blueprint be those of the tenant that they name."""
    blueprint.before_request(_choose)


def _choose() -> None:
    environ = request.environ
    named = _named()
    authorization = environ.get("HTTP_AUTHORIZATION")
    key = environ.get("HTTP_X_API_KEY")
    found = named
    if authorization is not None:
        holder = _of_token(authorization)
        if named is not None and holder is not None and holder is not named:
            raise _mismatch()
        found = named or holder
    elif key is not None:
        found = named or _of_key(key)
    else:
        found = _of_body(named)
    if found is None or found is snapshots_of(environ):
        return
    environ[TENANT] = found
    g.pop("authorization_server", None)
    bind_request(environ.get("authwell.request_id"), found.slug)
    require_active(found)


def _named() -> Snapshots | None:
    """The tenant of path, host or header.

    Raises:
        Problem: they disagree, or there is none of that name.
    """
    by_address = snapshots_of(request.environ)
    slugs = request.headers.getlist(HEADER)
    if not slugs:
        return by_address
    by_header = site().tenants.of(slugs[0]) if len(slugs) == 1 else None
    if by_address is not None and by_header is not by_address:
        raise _mismatch()
    if by_header is None and "HTTP_AUTHORIZATION" in request.environ:
        # Nobody learns by a token of one tenant which others there are.
        raise _mismatch()
    if by_header is None:
        raise _unknown()
    return by_header


def _of_token(authorization: str) -> Snapshots | None:
    issuer = claimed_issuer(authorization)
    return None if issuer is None else site().tenants.of_issuer(issuer)


def claimed_issuer(authorization: str) -> str | None:
    """`iss` of a signed token that nothing has verified yet: it says who is to verify it."""
    scheme, _, token = authorization.partition(" ")
    parts = token.strip().split(".")
    if scheme.lower() != "bearer" or len(parts) != 3 or len(token) > _MOST_OF_TOKEN:
        return None
    try:
        claims = orjson.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError):
        return None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else None


def _of_key(value: str) -> Snapshots | None:
    tenant_id = site().api_keys.tenant_of(value)
    return None if tenant_id is None else site().tenants.of_id(tenant_id)


def _of_body(named: Snapshots | None) -> Snapshots | None:
    slug = _members().get(MEMBER)
    if slug is None:
        return named
    found = site().tenants.of(slug) if isinstance(slug, str) else None
    if named is not None and found is not named:
        raise _mismatch()
    if found is None:
        raise _unknown()
    return found


def _members() -> Mapping[str, Any]:
    """What the body says, as far as it can be read; what it must be is asked later."""
    if request.mimetype == FORM:
        return request.form
    if request.mimetype != JSON:
        return {}
    body = request.get_data(cache=True)
    try:
        parsed = orjson.loads(body) if MEMBER.encode() in body else None
    except orjson.JSONDecodeError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _mismatch() -> Problem:
    return Problem(403, "tenant_mismatch", "The token belongs to another tenant than is named.")


def _unknown() -> Problem:
    return Problem(404, "not_found", "There is no such tenant.")
