"""Signing and verifying our own tokens (RFC 7515, RFC 7519, RFC 8725)."""

from collections.abc import Mapping
from typing import Any, cast

import orjson
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jws import (
    JWSRegistry,
    deserialize_compact,
    extract_compact,
    serialize_compact,
)

from authwell.protocol.jose.keys import KeyRing, StoredKey
from authwell.protocol.policy import SIGNING_ALGS

MAX_TOKEN_LENGTH = 16_384
"""Longer than any token that we sign; refused before anything is decoded."""


class _Registry(JWSRegistry):
    """Our algorithms and no other, without joserfc's warning about the name EdDSA.

    RFC 9864 prefers Ed25519, but relying parties still look for EdDSA.
    """

    def get_alg(self, name: str):  # type: ignore[no-untyped-def]  # joserfc keeps the type private
        if name not in SIGNING_ALGS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


_REGISTRY = _Registry(strict_check_header=False)


class InvalidToken(Exception):
    """Not a token of ours: malformed, of another type, or its signature is wrong."""


class UnknownKey(InvalidToken):
    """Signed by a key that this snapshot does not have; a newer one may."""


def sign(claims: Mapping[str, Any], key: StoredKey, typ: str | None) -> str:
    """Sign `claims` as a compact JWS.

    Args:
        typ: media type for the header (RFC 8725 section 3.11); None leaves it out.
    """
    header = {"alg": key.alg, "kid": key.kid}
    if typ is not None:
        header["typ"] = typ
    return serialize_compact(header, orjson.dumps(claims), key.private, registry=_REGISTRY)


def verify(token: str, keys: KeyRing, typ: str) -> dict[str, Any]:
    """The claims of a token that we signed with that `typ`.

    The key is chosen by `kid` among our own and must be of the header's algorithm; key
    material in the header is never looked at. Dates are not checked.

    Args:
        typ: the wanted `typ` header; the empty string wants JWT or none at all.

    Raises:
        UnknownKey: well formed, but the `kid` is not in `keys`.
        InvalidToken: anything else that is wrong.
    """
    header = _header(token)
    if not _typ_matches(header.get("typ"), typ):
        raise InvalidToken("typ")
    kid = header.get("kid")
    if not isinstance(kid, str):
        raise InvalidToken("kid")
    key = keys.verifying(kid)
    if key is None:
        raise UnknownKey(kid)
    if header.get("alg") != key.alg or "crit" in header:
        raise InvalidToken("alg")
    try:
        payload = deserialize_compact(token, key.public, registry=_REGISTRY).payload
        claims = orjson.loads(payload)
    except (JoseError, ValueError, TypeError) as error:
        raise InvalidToken("signature") from error
    if not isinstance(claims, dict):
        raise InvalidToken("claims")
    return cast(dict[str, Any], claims)


def _header(token: str) -> Mapping[str, Any]:
    if len(token) > MAX_TOKEN_LENGTH or token.count(".") != 2:
        raise InvalidToken("format")
    try:
        return extract_compact(token.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise InvalidToken("format") from error


def _typ_matches(typ: object, wanted: str) -> bool:
    if wanted:
        return isinstance(typ, str) and typ.lower().removeprefix("application/") == wanted
    return typ is None or (isinstance(typ, str) and typ.upper() == "JWT")
