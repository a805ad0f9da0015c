"""How the OpenAPI document tells of refusals: what all share is written once."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from authwell.middleware.api.fields import ProblemSchema
from authwell.middleware.api.operations import Operation

if TYPE_CHECKING:
    from apispec import APISpec

PROBLEM: Final = "application/problem+json"
_TEXTS: Final[Mapping[int, str]] = {
    400: "The request does not fit; `errors` names the members",
    401: "No token or key, or one that does not stand",
    403: "The token or key does not allow this",
    404: "It is not there, or it is another's",
    412: "It is not the version of `If-Match` any more",
    413: "More than 64 KiB",
    415: "Another media type",
    429: "Too many requests; `Retry-After` says when to come back",
    503: "Too much at once, or storage is away; `Retry-After` says when to come back",
}
_HEADERS: Final[Mapping[int, str]] = {
    401: "WWW-Authenticate",
    429: "Retry-After",
    503: "Retry-After",
}
_OTHERS: Final = "Any other refusal"


def add_to(spec: "APISpec") -> None:
    """Write what all operations share, named by its status."""
    for status, text in _TEXTS.items():
        spec.components.response(_name(status), _response(text, ProblemSchema, status))
    spec.components.response(_name(None), _response(_OTHERS, ProblemSchema, None))


def of(operation: Operation) -> dict[str, Any]:
    """The refusals of an operation, by status."""
    own = operation.refusals or {}
    texts = {status: _TEXTS[status] for status in _shared_by(operation)} | dict(own)
    found: dict[str, Any] = {}
    for status, text in sorted(texts.items()):
        is_shared = operation.problem is ProblemSchema and status not in own
        found[str(status)] = (
            _name(status) if is_shared else _response(text, operation.problem, status)
        )
    return found | {"default": _name(None)}


def _shared_by(operation: Operation) -> list[int]:
    statuses = [400, 429, 503]
    if operation.needs is not None:
        statuses += [401, 403]
    if "<" in operation.path:
        statuses.append(404)
    if operation.body is not None:
        statuses += [413, 415]
    if operation.versioned and operation.method not in ("GET", "POST"):
        statuses.append(412)
    return statuses


def _response(text: str, schema: type, status: int | None) -> dict[str, Any]:
    response: dict[str, Any] = {"description": text, "content": {PROBLEM: {"schema": schema}}}
    if status is not None and status in _HEADERS:
        response["headers"] = {_HEADERS[status]: {"schema": {"type": "string"}}}
    return response


def _name(status: int | None) -> str:
    return f"Problem{status or ''}"
