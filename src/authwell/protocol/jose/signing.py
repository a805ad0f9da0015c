"""Signing and verifying our own tokens (RFC 7515, RFC 7519, RFC 8725)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol, cast

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from authwell.protocol.jose.keys import KeyRing, StoredKey, UnusableKey
from authwell.protocol.policy import SIGNING_ALGS
from authwell.utils.randomness import digest

MAX_TOKEN_LENGTH = 16_384
"""Longer than any token that we sign; refused before anything is decoded."""
MOST_VERIFIED = 1024
"""Tokens whose signature is remembered; a resource server asks about the same one again."""


class Algorithm(Protocol):
    """What we use of a JWS algorithm of joserfc."""

    def sign(self, msg: bytes, key: Any, /) -> bytes:
        """The signature of a message."""
        ...

    def verify(self, msg: bytes, sig: bytes, key: Any, /) -> bool:
        """Whether a signature belongs to a message."""
        ...


_ALGORITHMS: Mapping[str, Algorithm] = {name: JWSRegistry.algorithms[name] for name in SIGNING_ALGS}
"""joserfc's algorithms without its handling of headers: ours are few, and ours to choose."""


class InvalidToken(Exception):
    """Not a token of ours: malformed, of another type, or its signature is wrong."""


class UnknownKey(InvalidToken):
    """Signed by a key that this snapshot does not have; a newer one may."""


def sign(claims: Mapping[str, Any], key: StoredKey, typ: str | None) -> str:
    """Sign `claims` as a compact JWS.

    Args:
        typ: media type for the header (RFC 8725 section 3.11); None leaves it out.

    Raises:
        UnusableKey: the key only verifies.
    """
    if key.private is None:
        raise UnusableKey(f"the key {key.kid} only verifies")
    signed = b"%b.%b" % (
        _header_part(key.alg, key.kid, typ),
        urlsafe_b64encode(orjson.dumps(claims)),
    )
    signature = _ALGORITHMS[key.alg].sign(signed, key.private)
    return (b"%b.%b" % (signed, urlsafe_b64encode(signature))).decode("ascii")


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
    # A good signature stays good while the keys are these; nothing else is remembered.
    name = digest(f"{typ} {token}")
    claims = keys.verified.get(name)
    if claims is None:
        claims = _verify(token, keys, typ)
        if len(keys.verified) >= MOST_VERIFIED:
            keys.verified.clear()
        keys.verified[name] = claims
    return dict(claims)


def _verify(token: str, keys: KeyRing, typ: str) -> dict[str, Any]:
    header_part, payload_part, signature_part = token_parts(token)
    header = json_object(header_part, "format")
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
    signed = b"%b.%b" % (header_part, payload_part)
    if not is_signature(signature_part, signed, _ALGORITHMS[key.alg], key.public):
        raise InvalidToken("signature")
    return json_object(payload_part, "claims")


@lru_cache(maxsize=256)
def _header_part(alg: str, kid: str, typ: str | None) -> bytes:
    """The header of all tokens of one key and type."""
    header = {"alg": alg, "kid": kid}
    if typ is not None:
        header["typ"] = typ
    return urlsafe_b64encode(orjson.dumps(header))


def token_parts(token: str) -> list[bytes]:
    """Header, payload and signature of a compact JWS, still encoded.

    Raises:
        InvalidToken: not three parts, or too long.
    """
    if len(token) > MAX_TOKEN_LENGTH or not token.isascii() or token.count(".") != 2:
        raise InvalidToken("format")
    return token.encode("ascii").split(b".")


def json_object(part: bytes, what: str) -> dict[str, Any]:
    """An encoded part as JSON.

    Raises:
        InvalidToken: not an object; `what` names the part.
    """
    try:
        found = orjson.loads(urlsafe_b64decode(part))
    except ValueError as error:
        raise InvalidToken(what) from error
    if not isinstance(found, dict):
        raise InvalidToken(what)
    return cast(dict[str, Any], found)


def is_signature(part: bytes, signed: bytes, algorithm: Algorithm, key: Key) -> bool:
    """Whether the encoded signature belongs to what was signed."""
    try:
        signature = urlsafe_b64decode(part)
        # A lenient decoder would take several texts for one signature, so one token would have
        # several digests (RFC 4648 section 3.5).
        return urlsafe_b64encode(signature) == part and algorithm.verify(signed, signature, key)
    except (JoseError, ValueError, TypeError):
        return False


def _typ_matches(typ: object, wanted: str) -> bool:
    if wanted:
        return isinstance(typ, str) and typ.lower().removeprefix("application/") == wanted
    return typ is None or (isinstance(typ, str) and typ.upper() == "JWT")
