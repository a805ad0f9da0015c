"""The endpoints of the standards for the OpenAPI document, which no table of operations has.

The standards define them; what stands here is what programs that read the document need: where
they are, what they take, and the shape of answers and errors.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"

Fragment = dict[str, Any]

_TEXT: Final[Fragment] = {"type": "string"}
_SECONDS: Final[Fragment] = {"type": "integer", "minimum": 0}


def _object(required: Iterable[str], **members: Fragment) -> Fragment:
    return {"type": "object", "required": list(required), "properties": members}


def _form(required: Iterable[str], **members: Fragment) -> Fragment:
    return {"required": True, "content": {FORM: {"schema": _object(required, **members)}}}


def _shaped(text: str, schema: str, media_type: str = JSON) -> Fragment:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": text, "content": {media_type: {"schema": reference}}}


SCHEMAS: Final[Mapping[str, Fragment]] = {
    "StandardTokens": _object(
        ["access_token", "token_type", "expires_in"],
        access_token=_TEXT,
        token_type=_TEXT,
        expires_in=_SECONDS,
        refresh_token=_TEXT,
        id_token=_TEXT,
        scope=_TEXT,
    ),
    "StandardIntrospection": _object(
        ["active"], active={"type": "boolean"}, scope=_TEXT, client_id=_TEXT
    ),
    "StandardClaims": _object(["sub"], sub=_TEXT),
    "OAuthError": _object(["error"], error=_TEXT, error_description=_TEXT),
    "StandardMetadata": _object(["issuer", "jwks_uri"], issuer=_TEXT, jwks_uri=_TEXT),
    "StandardKeySet": _object(["keys"], keys={"type": "array", "items": {"type": "object"}}),
    "StandardHealth": _object(
        ["status"], status=_TEXT, version=_TEXT, database=_TEXT, rate_limits={"type": "object"}
    ),
    "StandardRegisteredClient": _object(
        ["client_id", "registration_access_token", "registration_client_uri"],
        client_id=_TEXT,
        client_secret=_TEXT,
        registration_access_token=_TEXT,
        registration_client_uri=_TEXT,
    ),
}


def _operation(name: str, summary: str, answers: Fragment, **more: Any) -> Fragment:
    refused = {
        "default": {
            "description": "A refusal (RFC 6749 section 5.2, RFC 6750 section 3, or RFC 9457)",
            "content": {
                JSON: {"schema": {"$ref": "#/components/schemas/OAuthError"}},
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
            },
        }
    }
    return {
        "tags": ["standards"],
        "operationId": name,
        "summary": summary,
        "responses": answers | refused,
        **more,
    }


def _of_client(name: str, summary: str, body: Fragment, answers: Fragment) -> Fragment:
    """A form of a client, which may also name itself in the form (RFC 6749 section 2.3.1)."""
    fields = body["content"][FORM]["schema"]["properties"]
    fields |= {"client_id": _TEXT, "client_secret": _TEXT}
    security: list[Fragment] = [{"client": []}, {}]
    return _operation(name, summary, answers, requestBody=body, security=security)


def _read(name: str, summary: str, schema: str, **more: Any) -> Fragment:
    return _operation(name, summary, {"200": _shaped("As it is now", schema)}, **more)


_TOKEN: Final = _of_client(
    "token",
    "Issue tokens for a grant (RFC 6749 section 3.2)",
    _form(
        ["grant_type"],
        grant_type=_TEXT,
        code=_TEXT,
        redirect_uri=_TEXT,
        code_verifier=_TEXT,
        refresh_token=_TEXT,
        scope=_TEXT,
        resource=_TEXT,
    ),
    {"200": _shaped("Tokens", "StandardTokens")},
)
_INTROSPECT: Final = _of_client(
    "introspect",
    "Tell whether a token stands, and what it says (RFC 7662)",
    _form(["token"], token=_TEXT, token_type_hint=_TEXT),
    {"200": _shaped("What is known of it", "StandardIntrospection")},
)
_REVOKE: Final = _of_client(
    "revoke",
    "End a token (RFC 7009)",
    _form(["token"], token=_TEXT, token_type_hint=_TEXT),
    {"200": {"description": "It does not stand any more"}},
)
_REGISTER: Final = _operation(
    "register_client",
    "Register a client by itself, where the tenant allows it (RFC 7591)",
    {"201": _shaped("Registered", "StandardRegisteredClient")},
    requestBody={"required": True, "content": {JSON: {"schema": {"type": "object"}}}},
    security=[{}, {"bearer": []}],
)
_CLAIMS: Final = {
    "200": {
        "description": "Claims, signed or encrypted where the client registered it",
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/StandardClaims"}},
            "application/jwt": {"schema": _TEXT},
        },
    },
    "401": {
        "description": "No token, which is told without an error, or one that does not stand",
        "content": {JSON: {"schema": _object([], error=_TEXT, error_description=_TEXT)}},
    },
}

ENDPOINTS: Final[Mapping[str, Mapping[str, Fragment]]] = {
    "/oauth/token": {"post": _TOKEN},
    "/oauth/introspect": {"post": _INTROSPECT},
    "/oauth/revoke": {"post": _REVOKE},
    "/oauth/userinfo": {
        "get": _operation(
            "userinfo",
            "Claims about the person of a token (OpenID Connect Core section 5.3)",
            _CLAIMS,
            security=[{"bearer": ["openid"]}],
        )
    },
    "/oauth/register": {"post": _REGISTER},
    "/.well-known/openid-configuration": {
        "get": _read(
            "openid_configuration", "Metadata (OpenID Connect Discovery)", "StandardMetadata"
        )
    },
    "/.well-known/oauth-authorization-server": {
        "get": _read("server_metadata", "Metadata (RFC 8414)", "StandardMetadata")
    },
    "/.well-known/jwks.json": {
        "get": _read("jwks", "Public keys that tokens are signed with (RFC 7517)", "StandardKeySet")
    },
    "/health": {"get": _read("health", "Whether the server can do its work", "StandardHealth")},
}
"""By path and method. Pages for browsers, such as `/oauth/authorize`, are no API."""
