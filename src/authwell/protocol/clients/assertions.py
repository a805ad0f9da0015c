"""private_key_jwt and client_secret_jwt (RFC 7523 sections 2.2 and 3, RFC 7521 section 4.2).

Who is meant is read first and cheaply, then the signature is checked by the keys of exactly
that client, then the assertion is used up, and only then anything else of the request is looked
at: a request that is refused later has used its assertion up too.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeGuard

from authwell.protocol.clients import jwks
from authwell.protocol.errors import InvalidClient, InvalidRequest
from authwell.protocol.jose.foreign import ForeignToken, read
from authwell.protocol.jose.signing import InvalidToken
from authwell.protocol.model import Client
from authwell.protocol.params import Params
from authwell.protocol.policy import MAC_ALGS
from authwell.protocol.ports import KeysUnavailable
from authwell.protocol.server import AuthorizationServer
from authwell.utils.randomness import digest

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SKEW: Final = timedelta(seconds=60)
"""How far the clocks of client and server may differ."""
ENDPOINTS: Final = ("/oauth/token", "/oauth/introspect", "/oauth/revoke")
"""Where clients authenticate, below the issuer."""

TYPES: Final = frozenset({"jwt", "client-authentication+jwt"})
"""Values of `typ`, which may be left out."""


def authenticate(server: AuthorizationServer, form: Params) -> Client:
    """The client whose assertion the request brings; the assertion is used up.

    Raises:
        InvalidRequest: a parameter is missing, or contradicts the assertion.
        InvalidClient: the assertion does not prove a client, or was used before.
    """
    if form.required("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidRequest("client_assertion_type is not supported.", rule="assertion_type")
    token = _read(form.required("client_assertion"))
    client_id = _subject(token.claims)
    if form.optional("client_id") not in (None, client_id):
        raise InvalidRequest(
            "client_id differs from the authenticated client.", rule="client_id_differs"
        )
    client = server.clients.find(client_id)
    if client is None or client.status != "active":
        rule = server.tenant.blocks.rule_of(client_id, "client_assertion")
        raise _refused(f"unknown or disabled client {client_id[:100]!r}", rule)
    _check_registered(client, token)
    _check_audience(server, client, token.claims.get("aud"))
    expires_at = _check_times(server, client, token.claims)
    jti = token.claims.get("jti")
    if not isinstance(jti, str) or not jti:
        raise _refused("the assertion has no jti")
    _check_signature(server, client, token)
    _use_up(server, client, jti, expires_at)
    return client


def _refused(reason: str, rule: str = "client_assertion") -> InvalidClient:
    return InvalidClient("Client authentication failed.", reason=reason, rule=rule)


def _read(assertion: str) -> ForeignToken:
    try:
        token = read(assertion)
    except InvalidToken as error:
        raise _refused(f"the assertion is not a usable JWT: {error}") from error
    # What a client signed for another purpose is no assertion (RFC 8725 section 3.11).
    if token.typ is not None and token.typ.lower().removeprefix("application/") not in TYPES:
        raise _refused(f"typ of the assertion is {token.typ[:100]!r}")
    return token


def _subject(claims: Mapping[str, Any]) -> str:
    """RFC 7523 section 3, points 1 and 2: the client speaks for itself."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not isinstance(subject, str) or not subject or issuer != subject:
        raise _refused("iss and sub of the assertion are not both the client_id")
    return subject


def _check_registered(client: Client, token: ForeignToken) -> None:
    """Method and algorithm are those of the registration, whatever the header says."""
    method = "client_secret_jwt" if token.alg in MAC_ALGS else "private_key_jwt"
    if client.token_endpoint_auth_method != method:
        raise _refused(
            f"client {client.client_id} is registered for {client.token_endpoint_auth_method}, "
            f"the assertion is signed by {token.alg}"
        )
    registered = client.token_endpoint_auth_signing_alg
    if registered not in (None, token.alg) or token.alg not in client.policy.auth_signing_algs:
        raise _refused(f"the assertion is signed by {token.alg}, registered is {registered}")


def _check_audience(server: AuthorizationServer, client: Client, audience: object) -> None:
    """RFC 7523 section 3, point 3; an assertion for another server is not for us."""
    if client.policy.audience_rule == "issuer":
        if audience != server.issuer:
            raise _refused("aud of the assertion is not the issuer as one string")
        return
    ours = {server.issuer, *(server.issuer + path for path in ENDPOINTS)}
    named = audience if _is_array(audience) else [audience]
    if not all(isinstance(name, str) for name in named) or ours.isdisjoint(named):
        raise _refused("aud of the assertion is neither the issuer nor an endpoint of ours")


def _check_times(
    server: AuthorizationServer, client: Client, claims: Mapping[str, Any]
) -> datetime:
    """RFC 7523 section 3, points 4 to 6; from when on nobody can present it any more."""
    now, skew = server.now.timestamp(), SKEW.total_seconds()
    longest = client.policy.assertion_lifetime.total_seconds() + skew
    expires = _number(claims, "exp")
    if expires is None:
        raise _refused("the assertion has no exp")
    if expires <= now - skew:
        raise _refused("the assertion has expired")
    if expires > now + longest:
        raise _refused("exp of the assertion is too far ahead")
    for name in ("nbf", "iat"):
        moment = _number(claims, name)
        if moment is not None and moment > now + skew:
            raise _refused(f"{name} of the assertion is in the future")
    issued = _number(claims, "iat")
    if issued is not None and issued < now - longest:
        raise _refused("the assertion was issued too long ago")
    return datetime.fromtimestamp(math.ceil(expires), UTC) + SKEW


def _number(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate (RFC 7519 section 2)."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _refused(f"{name} of the assertion is not a time")
    return float(value)


def _check_signature(server: AuthorizationServer, client: Client, token: ForeignToken) -> None:
    try:
        if client.token_endpoint_auth_method == "client_secret_jwt":
            is_signed = token.is_mac_under(server.secrets.readable(client, server.now))
        else:
            is_signed = jwks.is_signed_by(server, client, token)
    except KeysUnavailable as error:
        raise _refused(f"keys of {client.client_id}: {error}", "client_keys") from error
    if not is_signed:
        raise _refused(
            f"no key of {client.client_id} made the {token.alg} signature, "
            f"kid {(token.kid or '')[:100]!r}"
        )


def _use_up(server: AuthorizationServer, client: Client, jti: str, expires_at: datetime) -> None:
    """RFC 7523 section 3, point 7: once, in whichever process."""
    key = digest(f"client_assertion\n{client.client_id}\n{jti}")
    if key in server.used:
        return
    if not server.store.replays.use(server.tenant.id, key, expires_at, server.now):
        raise _refused(
            f"{client.client_id} has used the jti {jti[:100]!r} before", "assertion_replay"
        )
    server.used.add(key)


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
