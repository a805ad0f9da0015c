"""Public keys of clients: what is taken of a JWK Set that somebody else made (RFC 7517 section 5).

Keys are imported one by one and by their public members only, so that what else stands beside
them (`x5c`, `jku`, a private part) is never used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.util import urlsafe_b64decode

from authwell.protocol.jose.keys import UnusableKey

MAX_KEYS: Final = 50
LEAST_RSA_BITS: Final = 2048
MOST_RSA_BITS: Final = 8192
"""A longer modulus only makes verifying dear."""
MOST_EXPONENT_BITS: Final = 32

_SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_SIGNS: Final[Mapping[str, frozenset[str]]] = {
    "RSA": frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    "P-256": frozenset({"ES256"}),
    "P-384": frozenset({"ES384"}),
    "P-521": frozenset({"ES512"}),
    "Ed25519": frozenset({"EdDSA"}),
}
"""Algorithms by curve, or RSA."""
_AGREES: Final = frozenset({"ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"})
_ENCRYPTS: Final[Mapping[str, frozenset[str]]] = {
    "RSA": frozenset({"RSA-OAEP-256"}),
    **dict.fromkeys(("P-256", "P-384", "P-521", "X25519"), _AGREES),
}
_COORDINATE: Final[Mapping[str, int]] = {"P-256": 32, "P-384": 48, "P-521": 66}
"""Bytes of each coordinate of a point (RFC 7518 section 6.2.1.2)."""

_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER: Final = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})
"""The y of the points of edwards25519 whose order divides 8: anybody can sign for these."""


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A public key of a client, checked and parsed."""

    kid: str | None
    kind: str
    """Its curve, or RSA."""
    use: str | None
    alg: str | None
    """The one algorithm that it is for, if it says so."""
    public: Key

    def verifies(self, alg: str) -> bool:
        """Whether a signature by `alg` may be checked with it."""
        fits = self.alg is None or canonical_alg(self.alg) == alg
        return fits and self.use in (None, "sig") and alg in _SIGNS.get(self.kind, ())

    def encrypts(self, alg: str) -> bool:
        """Whether a content key may be sent to its owner by `alg`."""
        fits = self.alg in (None, alg)
        return fits and self.use in (None, "enc") and alg in _ENCRYPTS.get(self.kind, ())


def canonical_alg(alg: str) -> str:
    """The name that is used here: RFC 9864 calls the EdDSA of Ed25519 by its curve."""
    return "EdDSA" if alg == "Ed25519" else alg


def read_registered(document: object) -> tuple[ClientKey, ...]:
    """The keys of a set that is registered by value; each must be usable.

    A key of a type that is not known here is passed over (RFC 7517 section 5): it may be for
    somebody else.

    Raises:
        UnusableKey: not a JWK Set, or one of its keys cannot be a client's; the text says why.
    """
    keys = tuple(_key(member) for member in _members(document) if not _is_of_new_type(member))
    if not keys:
        raise UnusableKey("must have at least one key whose kty is RSA, EC or OKP")
    return keys


def read_fetched(document: object) -> tuple[ClientKey, ...]:
    """The usable keys of a set that a `jwks_uri` gave; the others are passed over.

    Raises:
        UnusableKey: not a JWK Set.
    """
    found: list[ClientKey] = []
    for member in _members(document):
        try:
            found.append(_key(member))
        except UnusableKey:
            continue
    return tuple(found)


def _members(document: object) -> Sequence[object]:
    members = document.get("keys") if _is_object(document) else None
    if not _is_array(members):
        raise UnusableKey("must be a JWK set: {keys: [...]}")
    if len(members) > MAX_KEYS:
        raise UnusableKey(f"must have at most {MAX_KEYS} keys")
    return members


def _is_of_new_type(jwk: object) -> bool:
    if not _is_object(jwk) or _SECRET_MEMBERS & jwk.keys():
        return False
    kty = jwk.get("kty")
    return isinstance(kty, str) and kty not in _IMPORTS


def _key(jwk: object) -> ClientKey:
    if not _is_object(jwk):
        raise UnusableKey("must be a JWK set: {keys: [...]}")
    if _SECRET_MEMBERS & jwk.keys():
        raise UnusableKey("has a private or symmetric key; give public keys only")
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in _IMPORTS:
        raise UnusableKey("has a key whose kty is not RSA, EC or OKP")
    try:
        public = _IMPORTS[kty](jwk)
    except (JoseError, ValueError, TypeError, OverflowError) as error:
        raise UnusableKey(f"has an invalid {kty} key") from error
    kind = "RSA" if kty == "RSA" else str(jwk["crv"])
    return ClientKey(_text(jwk, "kid"), kind, _use(jwk), _text(jwk, "alg"), public)


def _use(jwk: Mapping[str, Any]) -> str | None:
    """`use`, or what `key_ops` says instead of it (RFC 7517 section 4.3)."""
    operations = jwk.get("key_ops")
    if "use" in jwk or not _is_array(operations):
        return _text(jwk, "use")
    return "sig" if "verify" in operations else "enc"


def _rsa(jwk: Mapping[str, Any]) -> Key:
    modulus, exponent = _number(jwk, "n"), _number(jwk, "e")
    if not LEAST_RSA_BITS <= modulus.bit_length() <= MOST_RSA_BITS:
        raise UnusableKey(f"has an RSA key that is not of {LEAST_RSA_BITS} to {MOST_RSA_BITS} bits")
    if exponent < 3 or exponent % 2 == 0 or exponent.bit_length() > MOST_EXPONENT_BITS:
        raise UnusableKey("has an RSA key with an unsafe exponent; use 65537")
    return RSAKey.import_key({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]})


def _ec(jwk: Mapping[str, Any]) -> Key:
    length = _COORDINATE.get(str(jwk.get("crv")))
    if length is None:
        raise UnusableKey("has an EC key that is not on P-256, P-384 or P-521")
    for name in ("x", "y"):
        if len(_bytes(jwk, name)) != length:
            raise UnusableKey("has an invalid EC key")
    key = ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
    _ = key.public_key  # the point is checked to be on the curve when it is first used
    return key


def _okp(jwk: Mapping[str, Any]) -> Key:
    curve = jwk.get("crv")
    if curve == "Ed25519":
        _check_point(_bytes(jwk, "x"))
    elif curve != "X25519":
        raise UnusableKey("has an OKP key that is not on Ed25519 or X25519")
    key = OKPKey.import_key({name: jwk[name] for name in ("kty", "crv", "x")})
    if curve == "X25519":
        # A point of small order gives the same secret to everybody: the exchange refuses it.
        OKPKey.generate_key("X25519").exchange_derive_key(key)
    return key


_IMPORTS: Final = {"RSA": _rsa, "EC": _ec, "OKP": _okp}


def _check_point(encoded: bytes) -> None:
    """The encoding is of a point of edwards25519 whose order is not small (RFC 8032 5.1.3)."""
    y = (int.from_bytes(encoded, "little") & ((1 << 255) - 1)) % _P
    if len(encoded) != 32 or y in _SMALL_ORDER:
        raise UnusableKey("has an invalid OKP key")
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise UnusableKey("has an invalid OKP key")


def _number(jwk: Mapping[str, Any], name: str) -> int:
    return int.from_bytes(_bytes(jwk, name))


def _bytes(jwk: Mapping[str, Any], name: str) -> bytes:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise UnusableKey(f"has a key without {name}")
    return urlsafe_b64decode(value.encode("ascii"))


def _text(jwk: Mapping[str, Any], name: str) -> str | None:
    value = jwk.get(name)
    return value if isinstance(value, str) else None


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_array(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)
