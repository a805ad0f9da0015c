"""The OpenAPI 3.1 document of the API, generated from its operations and schemas.

What generates it is imported when the document is first asked for: most processes never are.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from authwell import __version__
from authwell.middleware.api import openapi_refusals as refusals
from authwell.middleware.api.bodies import FORM, JSON
from authwell.middleware.api.openapi_standards import ENDPOINTS, SCHEMAS
from authwell.middleware.api.operations import Api, Needs, Operation

VERSION: Final = "3.1.0"
DESCRIPTION: Final = (
    "Accounts, sessions, keys and clients, and the endpoints of OAuth 2.0 and OpenID Connect.\n\n"
    "Bodies are JSON objects of at most 64 KiB. Members that are not listed, and values of another "
    "type, are refused. Refusals are problems (RFC 9457) with a stable `code`."
)
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
    "integration_key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "The key of an integration.",
    },
    "integration_signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "`v1,` and the HMAC-SHA-256 of `id.timestamp.body` under the secret of the "
        "integration, in Base64 (Standard Webhooks 1.0).",
    },
    "client": {
        "type": "http",
        "scheme": "basic",
        "description": "A client's id and secret, form-encoded (RFC 6749 section 2.3.1).",
    },
}
_ETAG: Final = {"ETag": {"description": "The object's version", "schema": {"type": "string"}}}


def describe(parts: Iterable[Api], issuer: str, prefix: str = "") -> dict[str, Any]:
    """The document.

    Args:
        parts: of the API.
        issuer: the URL that everything is below.
        prefix: below it, for the parts that are there too; the others say where they are.
    """
    from apispec import APISpec  # noqa: PLC0415 - costs memory that most servers need not spend
    from apispec.ext.marshmallow import MarshmallowPlugin  # noqa: PLC0415 - as above

    described = tuple(parts)
    spec = APISpec(
        title="Authwell",
        version=__version__,
        openapi_version=VERSION,
        plugins=[MarshmallowPlugin(schema_name_resolver=_Names())],
        info={"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}},
        servers=[{"url": issuer + prefix}],
    )
    for name, scheme in _SECURITY.items():
        spec.components.security_scheme(name, dict(scheme))
    refusals.add_to(spec)
    elsewhere = set()
    for part in described:
        for operation in part.operations:
            path = _PARAMETER.sub(r"{\1}", part.path + operation.path)
            spec.path(path=path, operations={operation.method.lower(): _operation(part, operation)})
            if prefix not in part.prefixes:
                elsewhere.add(path)
    document = dict(spec.to_dict())
    document["tags"] = [{"name": name} for name in dict.fromkeys(part.name for part in described)]
    return _with_standards(document, elsewhere if prefix else set(), issuer, prefix)


def _with_standards(
    document: dict[str, Any], elsewhere: set[str], issuer: str, prefix: str
) -> dict[str, Any]:
    """The same with the endpoints of the standards, which stand below no prefix."""
    document["paths"] |= {path: dict(methods) for path, methods in ENDPOINTS.items()}
    document["components"]["schemas"] |= SCHEMAS
    document["tags"].append({"name": "standards"})
    if prefix:
        for path in (*elsewhere, *ENDPOINTS):
            document["paths"][path]["servers"] = [{"url": issuer}]
    return document


class _Names:
    """What schemas are called: by their class, and by as much of their module as tells them apart."""

    def __init__(self) -> None:
        self._taken: dict[str, type] = {}

    def __call__(self, schema: Any) -> str:
        kind = schema if isinstance(schema, type) else type(schema)
        name = kind.__name__.removesuffix("Schema")
        for module in reversed(kind.__module__.split(".")):
            if self._taken.setdefault(name, kind) is kind:
                break
            if module != "schemas":
                name = module.title().replace("_", "") + name
        return name


def _operation(part: Api, operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [part.name],
        "summary": operation.summary,
        "operationId": _identifier(part, operation),
        "responses": {**_success(operation), **refusals.of(operation)},
    }
    parameters: list[dict[str, Any]] = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in _PARAMETER.findall(operation.path)
    ]
    if operation.query is not None:
        parameters.append({"in": "query", "schema": operation.query})
    parameters += [
        {"in": "header", "name": name, "description": text, "schema": {"type": "string"}}
        for name, text in (operation.sent_headers or {}).items()
    ]
    if operation.versioned and operation.method != "POST":
        parameters.append(_condition(operation.method))
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        types = (*operation.media, FORM) if operation.forms else operation.media
        content = {media_type: {"schema": operation.body} for media_type in types}
        described["requestBody"] = {"required": _must_have_body(operation), "content": content}
    if operation.proofs:
        described["security"] = [{name: [] for name in operation.proofs}]
    if operation.needs is not None:
        described["security"] = _security(operation.needs)
        if operation.needs.permission is not None:
            described["x-permission"] = str(operation.needs.permission)
    return described


def _condition(method: str) -> dict[str, Any]:
    """The header of conditional requests (RFC 9110 section 13.1)."""
    name, text = ("If-Match", "Change only this version")
    if method == "GET":
        name, text = ("If-None-Match", "The version that the caller has")
    return {"in": "header", "name": name, "description": text, "schema": {"type": "string"}}


def _must_have_body(operation: Operation) -> bool:
    if operation.reads is not None or operation.body is None:
        return True
    return any(field.required for field in operation.body().fields.values())


def _security(needs: Needs) -> list[dict[str, list[str]]]:
    found = [{"bearer": ["account" if needs.permission is None else "admin"]}]
    if needs.or_account:
        found.append({"bearer": ["account"]})
    if needs.key_scope is not None:
        found.append({"api_key": [needs.key_scope]})
    return found


def _identifier(part: Api, operation: Operation) -> str:
    words = re.findall(r"\w+", _PARAMETER.sub(r"\1", part.path + operation.path))
    return "_".join((operation.method.lower(), *words))


def _success(operation: Operation) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done"}
    headers = {
        name: {"description": text, "schema": {"type": "string"}}
        for name, text in (operation.headers or {}).items()
    }
    if operation.versioned and operation.answer is not None:
        headers |= _ETAG
    if headers:
        success["headers"] = headers
    if operation.produces:
        text = {"schema": {"type": "string"}}
        success["content"] = dict.fromkeys(operation.produces, text)
        return {str(operation.status): success}
    if operation.answer is None:
        return {"204": success}
    success["content"] = {JSON: {"schema": operation.answer}}
    unchanged = {"304": {"description": "The caller has it", "headers": dict(_ETAG)}}
    is_read = operation.versioned and operation.method == "GET"
    return {str(operation.status): success, **(unchanged if is_read else {})}
