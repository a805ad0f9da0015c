"""A call of a machine endpoint and its answer, as values that know no framework.

The machine endpoints are mounted twice, in Flask and below it (docs/decisions/0009): both
mounts make a `Call` of the WSGI environment, and both send the `Answer` that comes back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from wsgiref.types import WSGIEnvironment

import orjson
from werkzeug.exceptions import ClientDisconnected

from authwell.protocol.server import Caller
from authwell.storage.registry import ROOT
from authwell.storage.snapshots import Snapshots

TENANT: Final = "authwell.tenant"
"""Where a request's environment has the snapshots of its tenant (`middleware.tenancy`)."""

Headers = tuple[tuple[str, str], ...]

NO_STORE: Final[Headers] = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
JSON: Final[Headers] = (("Content-Type", "application/json"),)
JSON_NO_STORE: Final[Headers] = JSON + NO_STORE
STATUS_LINES: Final[Mapping[int, str]] = {
    status.value: f"{status.value} {status.phrase.upper()}" for status in HTTPStatus
}


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a machine endpoint with all of its body, which is small (`ProxyGuard`)."""

    method: str
    path: str
    query: str
    content_type: str
    authorization: str | None
    body: bytes
    caller: Caller
    tenant: Snapshots | None = None
    """Whose endpoint it is; None for the default tenant's."""
    interaction_id: str | None = None
    """`x-fapi-interaction-id`, which the answer of a resource repeats."""

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint says; security headers and those of other origins come on top.

    Attributes:
        facts: what the request's own line in the log tells besides.
    """

    status: int
    body: bytes
    headers: Headers
    facts: Mapping[str, object] = field(default_factory=dict[str, object])


def read_call(environ: WSGIEnvironment, body: bytes) -> Call:
    """The call that a server, or Flask, was given."""
    get = environ.get
    return Call(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=get("QUERY_STRING", ""),
        content_type=get("CONTENT_TYPE", ""),
        authorization=get("HTTP_AUTHORIZATION"),
        body=body,
        caller=caller_of(environ),
        tenant=get(TENANT),
        interaction_id=get("HTTP_X_FAPI_INTERACTION_ID"),
    )


def snapshots_of(environ: WSGIEnvironment) -> Snapshots | None:
    """The snapshots of the tenant whose request it is; None for the default one."""
    found: Snapshots | None = environ.get(TENANT)
    return found


def slug_of(environ: WSGIEnvironment) -> str:
    """The slug of the tenant whose request it is; all that is counted in Redis has it."""
    found = snapshots_of(environ)
    return ROOT if found is None else found.slug


def caller_of(environ: WSGIEnvironment) -> Caller:
    """Who sent the request, as far as the proxies vouch for it."""
    user_agent = environ.get("HTTP_USER_AGENT")
    return Caller(
        request_id=environ.get("authwell.request_id"),
        address=environ.get("REMOTE_ADDR"),
        user_agent=user_agent[:300] if user_agent else None,
    )


def read_body(environ: WSGIEnvironment) -> bytes:
    """The whole body; `ProxyGuard` has seen to its length.

    Raises:
        ClientDisconnected: it ends before its length.
    """
    missing = int(environ.get("CONTENT_LENGTH") or 0)
    body = b""
    while missing > 0:
        part = environ["wsgi.input"].read(missing)
        if not part:
            raise ClientDisconnected
        body += part
        missing -= len(part)
    return body


def json_answer(payload: Mapping[str, Any], facts: Mapping[str, object] | None = None) -> Answer:
    """JSON that no cache keeps."""
    return Answer(200, orjson.dumps(payload), JSON_NO_STORE, facts or {})
