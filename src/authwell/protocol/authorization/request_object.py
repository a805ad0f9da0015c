"""Request objects: an authorization request as a JWT, by value or by reference (RFC 9101, OpenID
Connect Core section 6).

Two rules say what counts beside the object. A request with `openid` in its own `scope` is one of
OpenID Connect: the object's parameters replace those beside it, which count where it is silent.
Any other, and any of a client that must sign, is one of RFC 9101: the object alone counts.
"""

import math
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeGuard

import orjson

from authwell.protocol.clients import jwks
from authwell.protocol.clients.readers import MAX_REQUEST_URI
from authwell.protocol.errors import (
    InvalidRequest,
    InvalidRequestObject,
    InvalidRequestUri,
    RequestNotSupported,
    RequestUriNotSupported,
)
from authwell.protocol.jose import decryption, foreign
from authwell.protocol.jose.signing import InvalidToken
from authwell.protocol.model import Client
from authwell.protocol.params import Params
from authwell.protocol.ports import KeysUnavailable, RequestObjectUnavailable
from authwell.protocol.server import AuthorizationServer

SKEW: Final = timedelta(seconds=60)
"""How far the clocks of client and server may differ."""

TYPES: Final = frozenset({"jwt", "oauth-authz-req+jwt"})
"""Values of `typ`, which may be left out."""


def expand(server: AuthorizationServer, client: Client, params: Params) -> Params:
    """The parameters of the request, as its object and what may stand beside it say.

    Raises:
        InvalidRequest: the parameters beside the object are not those of such a request.
        RequestNotSupported, RequestUriNotSupported: the client's policy does not take it.
        InvalidRequestUri: it is not registered, or brings nothing.
        InvalidRequestObject: it is malformed, not signed by the client, not for us, too old,
            or contradicts what stands beside it.
    """
    token = _source(server, client, params)
    claims = _claims(server, client, token)
    _check_origin(server, client, claims)
    _check_times(server, client, claims)
    inner = _parameters(claims)
    _check_same(params, claims)
    is_openid = "openid" in (params.optional("scope") or "").split(" ")
    if is_openid and not client.require_signed_request_object:
        params.required("response_type")  # Core section 6.1
        return Params([*_beside(params, inner), *inner])
    if "client_id" not in claims:
        raise _refused("the object has no client_id", "request_object_parameters")
    return Params(inner)


def is_registered(client: Client, uri: str) -> bool:
    """Whether the client registered the address. Its fragment names a version of what is there
    (Core section 6.2): two that differ are not the same, one alone decides nothing.
    """
    address, _, version = uri.partition("#")
    for registered in client.request_uris:
        known, _, known_version = registered.partition("#")
        if known == address and (not version or not known_version or version == known_version):
            return True
    return False


def _refused(reason: str, rule: str, public: str = "") -> InvalidRequestObject:
    return InvalidRequestObject(
        public or "The request object is invalid.", reason=reason, rule=rule
    )


def _source(server: AuthorizationServer, client: Client, params: Params) -> str:
    """The object as it came, or as it was fetched."""
    value, uri = params.optional("request"), params.optional("request_uri")
    if value is not None and not client.policy.request_object_signing_algs:
        raise RequestNotSupported("Request objects are not supported.")
    if uri is not None and not client.policy.request_uris:
        raise RequestUriNotSupported("request_uri is not supported.")
    if value is not None and uri is not None:
        raise InvalidRequest(
            "request and request_uri must not come together.", rule="request_object_twice"
        )
    return _fetched(server, client, str(uri)) if value is None else value


def _fetched(server: AuthorizationServer, client: Client, uri: str) -> str:
    """What the address gives; no other than a registered one is ever called."""
    if len(uri) > MAX_REQUEST_URI or not is_registered(client, uri):
        raise InvalidRequestUri(
            "The request_uri is not registered.",
            reason=f"{uri[:300]!r} is not one of {list(client.request_uris)[:10]!r}",
            rule="request_uri_unregistered",
        )
    address = uri.partition("#")[0]
    if address not in server.fetched:
        try:
            server.fetched[address] = server.request_objects.fetch(address)
        except RequestObjectUnavailable as error:
            raise InvalidRequestUri(
                "The request_uri could not be fetched.",
                reason=str(error),
                rule="request_uri_unavailable",
            ) from error
    return server.fetched[address]


def _claims(server: AuthorizationServer, client: Client, token: str) -> Mapping[str, Any]:
    """What the object says, once it is known to be the client's."""
    try:
        if token.count(".") == 4:
            token = _decrypted(server, client, token)
        if client.request_object_signing_alg == "none":
            typ, claims = foreign.read_unsigned(token)
        else:
            signed = foreign.read(token)
            typ, claims = signed.typ, signed.claims
            _check_signature(server, client, signed)
    except InvalidToken as error:
        raise _refused(f"not a usable JWT: {error}", "request_object_malformed") from error
    # What a client signed for another purpose is no request (RFC 9101 section 10.8).
    if typ is not None and typ.lower().removeprefix("application/") not in TYPES:
        raise _refused(f"typ is {typ[:100]!r}", "request_object_purpose")
    return claims


def _decrypted(server: AuthorizationServer, client: Client, token: str) -> str:
    """The signed object in an encrypted one (RFC 9101 section 6.1)."""
    if not client.policy.request_object_encryption:
        raise _refused(
            "it is encrypted, which the tenant's policy does not have",
            "request_object_encryption",
            "Encrypted request objects are not supported.",
        )
    try:
        return decryption.decrypt(token, server.tenant.keys)
    except InvalidToken as error:
        raise _refused(f"it cannot be decrypted: {error}", "request_object_encryption") from error


def _check_signature(
    server: AuthorizationServer, client: Client, token: foreign.ForeignToken
) -> None:
    """RFC 9101 section 6.2, by the algorithm of the registration."""
    registered, allowed = client.request_object_signing_alg, client.policy
    if registered not in (None, token.alg):
        raise _refused(
            f"signed by {token.alg}, registered is {registered}", "request_object_algorithm"
        )
    if token.alg not in allowed.request_object_signing_algs:
        raise _refused(f"signed by {token.alg}", "request_object_algorithm")
    try:
        is_signed = jwks.is_signed_by(server, client, token)
    except KeysUnavailable as error:
        raise _refused(f"keys of {client.client_id}: {error}", "client_keys") from error
    if not is_signed:
        raise _refused(
            f"no key of {client.client_id} made the {token.alg} signature, "
            f"kid {(token.kid or '')[:100]!r}",
            "request_object_signature",
        )


def _check_origin(server: AuthorizationServer, client: Client, claims: Mapping[str, Any]) -> None:
    """By whom and for whom it was made (RFC 9101 sections 4 and 10.8)."""
    missing = sorted(client.policy.request_object_claims - claims.keys())
    if missing:
        raise _refused(f"the object has no {', '.join(missing)}", "request_object_parameters")
    if claims.get("sub") == client.client_id:
        raise _refused("sub is the client_id, as in a client assertion", "request_object_purpose")
    if claims.get("iss", client.client_id) != client.client_id:
        raise _refused("iss is not the client_id", "request_object_purpose")
    audience = claims.get("aud", server.issuer)
    if audience != server.issuer and not (_is_array(audience) and server.issuer in audience):
        raise _refused("aud is not the issuer", "request_object_purpose")
    for name in ("request", "request_uri"):
        if name in claims:
            raise _refused(f"the object has a {name} of its own", "request_object_parameters")


def _check_times(server: AuthorizationServer, client: Client, claims: Mapping[str, Any]) -> None:
    """RFC 7519 sections 4.1.4 to 4.1.6, and the bounds of the policy."""
    now, skew = server.now.timestamp(), SKEW.total_seconds()
    expires, begins = _moment(claims, "exp"), _moment(claims, "nbf")
    issued = _moment(claims, "iat")
    if expires is not None and expires <= now - skew:
        raise _refused("exp is over", "request_object_expired", "The request object has expired.")
    if max(begins or 0, issued or 0) > now + skew:
        raise _refused("nbf or iat is in the future", "request_object_expired")
    if client.policy.request_object_lifetime is None:
        return
    longest = client.policy.request_object_lifetime.total_seconds()
    if begins is not None and begins < now - longest - skew:
        raise _refused("nbf is too long ago", "request_object_expired")
    if expires is not None and expires - (now if begins is None else begins) > longest:
        raise _refused("exp is too far ahead", "request_object_expired")


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519 section 2)."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _refused(f"{name} is not a time", "request_object_malformed")
    return float(value)


def _check_same(params: Params, claims: Mapping[str, Any]) -> None:
    """What says twice which client and flow it is says the same (Core section 6.1)."""
    for name in ("client_id", "response_type"):
        outer, inner = params.optional(name), claims.get(name)
        if inner is not None and outer is not None and inner != outer:
            raise _refused(
                f"{name} is {str(inner)[:100]!r} in the object and {outer[:100]!r} beside it",
                "request_object_parameters",
                f"{name} differs in the request object.",
            )


def _beside(params: Params, inner: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The parameters that the object says nothing of."""
    replaced = {name for name, _ in inner} | {"request", "request_uri"}
    return [(name, value) for name, value in params.pairs() if name not in replaced]


def _text(value: object) -> list[str] | None:
    return [value] if isinstance(value, str) else None


def _number(value: object) -> list[str] | None:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return [str(value)] if is_number else _text(value)


def _object(value: object) -> list[str] | None:
    try:
        return [orjson.dumps(value).decode()] if isinstance(value, dict) else _text(value)
    except orjson.JSONEncodeError:
        return None  # nested too deeply


def _texts(value: object) -> list[str] | None:
    if not _is_array(value):
        return _text(value)
    return [item for item in value if isinstance(item, str)] if all(map(_text, value)) else None


PARAMETERS: Final[Mapping[str, Callable[[object], list[str] | None]]] = {
    **dict.fromkeys(
        (
            "client_id",
            "response_type",
            "response_mode",
            "redirect_uri",
            "scope",
            "state",
            "nonce",
            "code_challenge",
            "code_challenge_method",
            "display",
            "prompt",
            "ui_locales",
            "claims_locales",
            "id_token_hint",
            "login_hint",
            "acr_values",
        ),
        _text,
    ),
    "max_age": _number,
    "claims": _object,
    "registration": _object,
    "resource": _texts,
}
"""How an object says each parameter (RFC 9101 section 4); what is not listed is ignored."""


def _parameters(claims: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The parameters in the object; one without a value still replaces the one beside it."""
    found: list[tuple[str, str]] = []
    for name, read in PARAMETERS.items():
        if name not in claims:
            continue
        values = read(claims[name])
        if values is None:
            raise _refused(
                f"{name} is of a wrong type",
                "request_object_malformed",
                f"{name} has a wrong type in the request object.",
            )
        found += [(name, value) for value in values or [""]]
    return found


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
