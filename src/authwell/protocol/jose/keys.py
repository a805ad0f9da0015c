"""Signing keys as the engine holds them: parsed once, never in a request (RFC 7517)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey, import_key

KeyState = Literal["next", "active", "retiring", "retired"]

PUBLISHED: frozenset[KeyState] = frozenset({"next", "active", "retiring"})

_CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
_ALG_OF_CURVE = {curve: alg for alg, curve in _CURVES.items()}
_KINDS: Mapping[str, Literal["RSA", "EC", "OKP"]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(_CURVES, "EC"),
    **dict.fromkeys(("EdDSA", "Ed25519"), "OKP"),
    "RSA-OAEP-256": "RSA",
    "ECDH-ES": "EC",
}
"""Key type by algorithm (RFC 7518 section 3.1, RFC 8037, RFC 9864)."""


DECRYPTION_ALGS = ("RSA-OAEP-256", "ECDH-ES")
"""Algorithms of the keys that clients encrypt to; that of ECDH-ES is for its variants too."""

_ED25519_HEAD = bytes.fromhex("302e020100300506032b657004220420")


class UnusableKey(ValueError):
    """Not a key that this server can sign with."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A key of a tenant, opened and parsed: it signs, or clients encrypt to it.

    Attributes:
        alg: the one algorithm that it signs by, or one of `DECRYPTION_ALGS`.
        public_jwk: the published members, with `kid`, `use` and `alg`.
        private: None for a key that only verifies (retiring, retired), or opens nothing.
    """

    kid: str
    alg: str
    state: KeyState
    public_jwk: Mapping[str, Any]
    public: Key
    private: Key | None


class KeyRing:
    """All keys of one tenant: what signs, what verifies, what opens, what is published."""

    def __init__(self, keys: Iterable[StoredKey]) -> None:
        """Sort `keys` by their state; they are not changed afterwards."""
        known = list(keys)
        self._keys = {key.kid: key for key in known if key.alg not in DECRYPTION_ALGS}
        self._active = {key.alg: key for key in self._keys.values() if key.state == "active"}
        self._decrypting = tuple(key for key in known if key.alg in DECRYPTION_ALGS)
        self.verified: dict[bytes, Mapping[str, Any]] = {}
        """Claims of tokens that these keys signed, by digest; `signing.verify` keeps them."""

    @property
    def algs(self) -> tuple[str, ...]:
        """The algorithms that can be signed with now."""
        return tuple(self._active)

    def signing(self, alg: str) -> StoredKey | None:
        """The active key of `alg`."""
        return self._active.get(alg)

    def verifying(self, kid: str) -> StoredKey | None:
        """The key of that id in any state (hints may be signed by a retired one)."""
        return self._keys.get(kid)

    @cached_property
    def jwks(self) -> bytes:
        """The JWK Set document (RFC 7517 section 5), public members only."""
        published = [key for key in self._keys.values() if key.state in PUBLISHED]
        # Nobody shall encrypt to a key that is about to go, nor to one that is not opened yet.
        published += [key for key in self._decrypting if key.state == "active"]
        return orjson.dumps({"keys": [dict(key.public_jwk) for key in published]})

    def decrypting(self, alg: str, kid: str | None) -> list[Key]:
        """The private parts of the keys that may open what was encrypted by `alg`."""
        kind = "RSA-OAEP-256" if alg == "RSA-OAEP-256" else "ECDH-ES"
        return [
            key.private
            for key in self._decrypting
            if key.alg == kind and key.private is not None and kid in (None, key.kid)
        ]


def generate(alg: str) -> Key:
    """A new private key for `alg`, which is published as the only one that it is for.

    Raises:
        UnusableKey: no algorithm of ours.
    """
    kind = _KINDS.get(alg)
    if kind is None:
        raise UnusableKey(f"no key type for {alg}")
    if kind == "RSA":
        return RSAKey.generate_key(2048)
    if kind == "EC":
        return ECKey.generate_key(_CURVES.get(alg, "P-256"))
    return OKPKey.generate_key("Ed25519")


def algorithm_of(key: Key) -> str:
    """The algorithm that a private key of a file signs with here.

    Raises:
        UnusableKey: a type, curve or size that is not offered (RSA below 2048 bits).
    """
    if isinstance(key, RSAKey):
        if key.raw_value.key_size < 2048:
            raise UnusableKey("an RSA key must have at least 2048 bits")
        return "RS256"
    if isinstance(key, ECKey) and key.curve_name in _ALG_OF_CURVE:
        return _ALG_OF_CURVE[key.curve_name]
    if isinstance(key, OKPKey) and key.as_dict(private=False).get("crv") == "Ed25519":
        return "EdDSA"
    raise UnusableKey("only RSA, P-256, P-384, P-521 and Ed25519 keys can sign")


def from_pem(pem: bytes) -> Key:
    """A private key from a PEM file.

    Raises:
        UnusableKey: not PEM, not private, or not of a usable type.
    """
    for kind in ("RSA", "EC", "OKP"):
        try:
            key = import_key(pem, kind)
        except (ValueError, TypeError, AttributeError, JoseError):
            continue
        if not key.is_private:
            raise UnusableKey("the PEM file holds no private key")
        algorithm_of(key)
        return key
    raise UnusableKey("not a PEM file with an RSA, EC or Ed25519 private key")


def to_der(key: Key) -> bytes:
    """The private key as DER (PKCS #8), to be sealed and stored."""
    if isinstance(key, OctKey):
        raise UnusableKey("a symmetric key cannot be published")
    return key.as_der(private=True)


def from_der(der: bytes, alg: str) -> Key:
    """The private key that `to_der` wrote; about 26 ms for RSA."""
    return import_key(der, _KINDS[alg])


def from_seed(seed: bytes) -> Key:
    """The Ed25519 key of 32 random bytes (RFC 8410 section 7)."""
    return from_der(_ED25519_HEAD + seed, "EdDSA")


def public_jwk(key: Key, alg: str) -> dict[str, Any]:
    """The members to publish, with the RFC 7638 thumbprint as `kid`."""
    members = dict(key.as_dict(private=False))
    members.update({"kid": key.thumbprint(), "use": "enc" if alg in DECRYPTION_ALGS else "sig"})
    # One name would keep a client from the variants of ECDH-ES.
    return members if alg == "ECDH-ES" else {**members, "alg": alg}


def alg_of(jwk: Mapping[str, Any]) -> str:
    """The algorithm of what `public_jwk` gave."""
    return str(jwk.get("alg", "ECDH-ES"))


def stored_key(jwk: Mapping[str, Any], state: KeyState, private_der: bytes | None) -> StoredKey:
    """A key as the ring holds it, from its row.

    Args:
        jwk: what `public_jwk` gave.
        private_der: what `to_der` gave, opened; None if this key no longer signs or opens.
    """
    alg = alg_of(jwk)
    private = from_der(private_der, alg) if private_der is not None else None
    return StoredKey(
        kid=str(jwk["kid"]),
        alg=alg,
        state=state,
        public_jwk=dict(jwk),
        public=import_key(dict(jwk)),
        private=private,
    )
