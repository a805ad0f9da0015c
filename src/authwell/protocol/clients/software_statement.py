"""Software statements: metadata that somebody trusted has signed (RFC 7591 section 2.3)."""

import math
from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from authwell.protocol.clients import jwks
from authwell.protocol.clients.registration_policy import StatementIssuer
from authwell.protocol.errors import InvalidSoftwareStatement, UnapprovedSoftwareStatement
from authwell.protocol.jose import foreign
from authwell.protocol.jose.foreign import ForeignToken
from authwell.protocol.jose.signing import InvalidToken
from authwell.protocol.ports import KeysUnavailable
from authwell.protocol.server import AuthorizationServer

SKEW_SECONDS: Final = 60
TYPES: Final = frozenset({"jwt", "software-statement+jwt"})
"""Values of `typ`, which may be left out: what was signed for another purpose is none."""


def read(server: AuthorizationServer, statement: Any) -> Mapping[str, Any]:
    """The claims of a statement, which are those of the software and not of one client.

    Raises:
        InvalidSoftwareStatement: it is none, out of its time, for somebody else, or not signed
            by its issuer.
        UnapprovedSoftwareStatement: nobody here trusts its issuer.
    """
    token = _token(statement)
    name = token.claims.get("iss")
    issuer = server.tenant.registration.issuers.get(name) if isinstance(name, str) else None
    if issuer is None:
        raise UnapprovedSoftwareStatement(
            "The issuer of the software statement is not trusted here.",
            reason=f"iss is {str(name)[:200]!r}",
        )
    _check_audience(server, token.claims)
    _check_times(server, token.claims)
    _check_signature(server, issuer, token)
    return token.claims


def _token(statement: Any) -> ForeignToken:
    if not isinstance(statement, str):
        raise _invalid("it is no text")
    try:
        token = foreign.read(statement)
    except InvalidToken as error:
        raise _invalid(f"it is no usable JWT: {error}") from error
    if token.typ is not None and token.typ.lower().removeprefix("application/") not in TYPES:
        raise _invalid(f"its typ is {token.typ[:100]!r}")
    return token


def _check_audience(server: AuthorizationServer, claims: Mapping[str, Any]) -> None:
    audience = claims.get("aud")
    named = audience if _is_array(audience) else [audience]
    if audience is not None and server.issuer not in named:
        raise _invalid("its aud is not this issuer")


def _check_times(server: AuthorizationServer, claims: Mapping[str, Any]) -> None:
    now = server.now.timestamp()
    expires, begins = _time(claims, "exp"), _time(claims, "nbf")
    if expires is not None and expires <= now - SKEW_SECONDS:
        raise _invalid("it has expired")
    if begins is not None and begins > now + SKEW_SECONDS:
        raise _invalid("it is not valid yet")


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _invalid(f"its {name} is not a time")
    return float(value)


def _check_signature(
    server: AuthorizationServer, issuer: StatementIssuer, token: ForeignToken
) -> None:
    try:
        is_signed = jwks.is_signed_by(server, issuer, token)
    except KeysUnavailable as error:
        raise _invalid(f"keys of {issuer.issuer}: {error}") from error
    if not is_signed:
        raise _invalid(f"no key of {issuer.issuer} made its {token.alg} signature")


def _invalid(reason: str) -> InvalidSoftwareStatement:
    return InvalidSoftwareStatement(
        "The software statement cannot be used.", reason=f"software statement: {reason}"
    )


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
