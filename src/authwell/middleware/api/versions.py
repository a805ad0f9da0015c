"""Versions of the API's objects: `ETag`, `If-Match` and `If-None-Match` (RFC 9110 section 13).

A version is a digest of what is shown. Who writes with `If-Match` writes over nothing that they
have not seen: `identity` asks `expected()` inside the transaction that writes.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from flask import Response, request

from authwell.utils.versions import Expected, version_of

_READING: Final = frozenset({"GET", "HEAD"})


def expected() -> Expected:
    """Which versions the caller would write over, from `If-Match`."""
    if "HTTP_IF_MATCH" not in request.environ or request.if_match.star_tag:
        return Expected()
    # Weak validators never match here (section 13.1.1).
    return Expected(frozenset(request.if_match.as_set()))


def versioned(body: Mapping[str, Any], status: int = 200) -> Response:
    """An object with its version; 304 without it, if the caller has that one."""
    version = version_of(body)
    # A star stands for any version of what is there (section 13.1.2).
    is_known = request.if_none_match.star_tag or request.if_none_match.contains_weak(version)
    if request.method in _READING and is_known:
        response = Response(status=304)
    else:
        response = Response(orjson.dumps(body), status, mimetype="application/json")
    response.set_etag(version)
    response.headers["Cache-Control"] = "no-store"
    return response
