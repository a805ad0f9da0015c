"""Opening what clients encrypted to us (RFC 7516, RFC 7518 sections 4 and 5)."""

from typing import Any, Final, TypeGuard

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import Key

from authwell.protocol.jose.keys import KeyRing
from authwell.protocol.jose.signing import InvalidToken, json_object
from authwell.protocol.policy import ENCRYPTION_ALGS, ENCRYPTION_ENCS

MAX_LENGTH: Final = 32_768
"""Of a token with a token in it; refused before anything is decoded."""

_REGISTRY: Final = JWERegistry(
    algorithms=[*ENCRYPTION_ALGS, *ENCRYPTION_ENCS], strict_check_header=False
)
_CONTENTS: Final = frozenset({"jwt", "oauth-authz-req+jwt"})
"""Values of `cty`, which may be left out."""


def decrypt(token: str, keys: KeyRing) -> str:
    """The token in a compact JWE to one of our keys.

    Algorithms are those that we announce; compression, critical headers and whatever else
    would make opening dear are refused before any key is used.

    Raises:
        InvalidToken: none of our keys opens it, or it is no such token; the text says what.
    """
    if len(token) > MAX_LENGTH or not token.isascii() or token.count(".") != 4:
        raise InvalidToken("format")
    header = json_object(token.partition(".")[0].encode("ascii"), "header")
    alg, kid = _checked(header)
    for key in keys.decrypting(alg, kid):
        opened = _opened(token, key)
        if opened is not None:
            return opened
    raise InvalidToken("key" if kid is None else "kid")


def _checked(header: dict[str, Any]) -> tuple[str, str | None]:
    """The algorithm and the `kid` of a header in which nothing is unusual."""
    alg, kid, cty = header.get("alg"), header.get("kid"), header.get("cty", "JWT")
    if alg not in ENCRYPTION_ALGS or header.get("enc") not in ENCRYPTION_ENCS:
        raise InvalidToken("alg")
    if header.keys() & {"zip", "crit"}:
        raise InvalidToken("zip or crit")
    if kid is not None and not isinstance(kid, str):
        raise InvalidToken("kid")
    if not isinstance(cty, str) or cty.lower().removeprefix("application/") not in _CONTENTS:
        raise InvalidToken("cty")
    if str(alg).startswith("ECDH") and not _is_point(header.get("epk")):
        raise InvalidToken("epk")
    return str(alg), kid


def _is_point(epk: object) -> bool:
    """Whether it looks like a key on P-256; that the point is on the curve is seen by its import."""
    if not _is_object(epk) or (epk.get("kty"), epk.get("crv")) != ("EC", "P-256"):
        return False
    return all(isinstance(epk.get(name), str) for name in ("x", "y"))


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _opened(token: str, key: Key) -> str | None:
    """What the key opens; all that an attacker may cause looks the same."""
    try:
        plain = jwe.decrypt_compact(token, key, registry=_REGISTRY).plaintext
        return plain.decode("ascii") if plain is not None else None
    except (JoseError, ValueError, TypeError, KeyError, AssertionError, AttributeError):
        return None
    except (InvalidTag, InvalidUnwrap, UnsupportedAlgorithm, OverflowError):
        return None
