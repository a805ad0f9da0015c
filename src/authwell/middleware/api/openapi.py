"""The OpenAPI 3.1 document of the first-party API, generated from its operations and schemas.

What generates it is imported when the document is first asked for: most processes never are.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from authwell import __version__
from authwell.middleware.api.bodies import FORM, JSON
from authwell.middleware.api.fields import ProblemSchema
from authwell.middleware.api.operations import Api, Operation

VERSION: Final = "3.1.0"
_PARAMETER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
_SECURITY: Final[Mapping[str, Mapping[str, str]]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token for this API with the scope that the operation names.",
    },
    "api_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key of an account, with the scope that the operation names.",
    },
}
_OF_ALL: Final[Mapping[int, str]] = {429: "Too many requests; `Retry-After` says when to come back"}
_ETAG: Final = {"ETag": {"description": "The object's version", "schema": {"type": "string"}}}
_OF_CALLERS: Final[Mapping[int, str]] = {
    401: "No token or key, or one that does not stand",
    403: "The token or key does not allow this",
}


def describe(parts: Iterable[Api], server: str) -> dict[str, Any]:
    """The document.

    Args:
        parts: of the API.
        server: the URL that the paths are below.
    """
    from apispec import APISpec  # noqa: PLC0415 - costs memory that most servers need not spend
    from apispec.ext.marshmallow import MarshmallowPlugin  # noqa: PLC0415 - as above

    spec = APISpec(
        title="Authwell",
        version=__version__,
        openapi_version=VERSION,
        plugins=[MarshmallowPlugin(schema_name_resolver=_Names())],
        info={"description": "Accounts, sessions and keys of people."},
        servers=[{"url": server}],
    )
    for name, scheme in _SECURITY.items():
        spec.components.security_scheme(name, dict(scheme))
    for part in parts:
        for operation in part.operations:
            path = _PARAMETER.sub(r"{\1}", part.path + operation.path)
            spec.path(path=path, operations={operation.method.lower(): _operation(part, operation)})
    return dict(spec.to_dict())


class _Names:
    """What schemas are called: by their class, and by their module too if that is taken."""

    def __init__(self) -> None:
        self._taken: dict[str, type] = {}

    def __call__(self, schema: Any) -> str:
        kind = schema if isinstance(schema, type) else type(schema)
        name = kind.__name__.removesuffix("Schema")
        if self._taken.setdefault(name, kind) is not kind:
            module = kind.__module__.rpartition(".")[2]
            name = module.title().replace("_", "") + name
            self._taken[name] = kind
        return name


def _operation(part: Api, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [part.name],
        "summary": operation.summary,
        "operationId": _identifier(part, operation),
        "responses": _responses(operation),
    }
    parameters: list[dict[str, Any]] = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(operation.path)
    ]
    if operation.query is not None:
        parameters.append({"in": "query", "schema": operation.query})
    if operation.versioned and operation.method != "POST":
        parameters.append(_condition(operation.method))
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        types = (JSON, FORM) if operation.forms else (JSON,)
        content = {media_type: {"schema": operation.body} for media_type in types}
        described["requestBody"] = {"required": True, "content": content}
    if operation.needs is not None:
        scopes = ["admin"] if operation.needs.is_administrator else ["account"]
        described["security"] = [{"bearer": scopes}]
        if operation.needs.key_scope is not None:
            described["security"].append({"api_key": [operation.needs.key_scope]})
    return described


def _condition(method: str) -> dict[str, Any]:
    """The header of conditional requests (RFC 9110 section 13.1)."""
    name, text = ("If-Match", "Change only this version")
    if method == "GET":
        name, text = ("If-None-Match", "The version that the caller has")
    return {"in": "header", "name": name, "description": text, "schema": {"type": "string"}}


def _identifier(part: Api, operation: Operation) -> str:
    words = re.findall(r"\w+", part.path + operation.path)
    return "_".join((operation.method.lower(), *words))


def _responses(operation: Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done"}
    if operation.answer is not None:
        success["content"] = {JSON: {"schema": operation.answer}}
        if operation.versioned:
            success["headers"] = dict(_ETAG)
    status = operation.status if operation.answer is not None else 204
    refusals = dict(_OF_ALL)
    if operation.needs is not None:
        refusals |= _OF_CALLERS
    if operation.body is not None or operation.query is not None:
        refusals[400] = "The request does not fit; `errors` names the members"
    if operation.body is not None:
        refusals |= {413: "More than 64 KiB", 415: "Another media type"}
    if operation.versioned and operation.method not in ("GET", "POST"):
        refusals[412] = "It is not the version of `If-Match` any more"
    refusals |= operation.refusals or {}
    problem = {"application/problem+json": {"schema": ProblemSchema}}
    unchanged = {"304": {"description": "The caller has it", "headers": dict(_ETAG)}}
    return {
        str(status): success,
        **(unchanged if operation.versioned and operation.method == "GET" else {}),
        **{
            str(number): {"description": text, "content": problem}
            for number, text in sorted(refusals.items())
        },
    }
