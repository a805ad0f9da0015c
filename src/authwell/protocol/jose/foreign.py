"""Verifying what clients signed (RFC 7515 section 5.2, RFC 8725).

A token is read first, then its signer is known by its claims, and only then a key of that
signer is chosen. Key material in the header is never looked at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import Key, OctKey
from joserfc.jws import JWSRegistry

from authwell.protocol.jose.client_keys import ClientKey, canonical_alg
from authwell.protocol.jose.signing import (
    Algorithm,
    InvalidToken,
    is_signature,
    json_object,
    token_parts,
)
from authwell.protocol.policy import CLIENT_SIGNING_ALGS, MAC_ALGS

_ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    name: JWSRegistry.algorithms[name] for name in (*CLIENT_SIGNING_ALGS, *MAC_ALGS)
}


@dataclass(frozen=True, slots=True)
class ForeignToken:
    """A JWS as it was read; nothing of it is true until `is_signed_by` says so."""

    alg: str
    kid: str | None
    typ: str | None
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    def is_signed_by(self, keys: Iterable[ClientKey]) -> bool:
        """Whether one of the keys made the signature.

        With a `kid` only keys of that name are tried, without one all that fit.
        """
        return any(self._is_by(key.public) for key in fitting(keys, self.alg, self.kid))

    def is_mac_under(self, secrets: Iterable[bytes]) -> bool:
        """Whether the signature is a MAC under one of the secrets (RFC 7518 section 3.2)."""
        return self.alg in MAC_ALGS and any(self._is_by(key) for key in _octets(secrets))

    def _is_by(self, key: Key) -> bool:
        return is_signature(self.signature, self.signed, _ALGORITHMS[self.alg], key)


def read(token: str) -> ForeignToken:
    """The parts of a compact JWS by an algorithm that clients may use.

    Raises:
        InvalidToken: not one; the text says what is wrong and holds nothing of it.
    """
    header_part, payload_part, signature_part = token_parts(token)
    header = json_object(header_part, "header")
    alg, kid, typ = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(alg, str) or canonical_alg(alg) not in _ALGORITHMS:
        raise InvalidToken("alg")
    if kid is not None and not isinstance(kid, str):
        raise InvalidToken("kid")
    if typ is not None and not isinstance(typ, str):
        raise InvalidToken("typ")
    if "crit" in header:
        raise InvalidToken("crit")
    return ForeignToken(
        alg=canonical_alg(alg),
        kid=kid,
        typ=typ,
        claims=json_object(payload_part, "claims"),
        signed=b"%b.%b" % (header_part, payload_part),
        signature=signature_part,
    )


def read_unsigned(token: str) -> tuple[str | None, Mapping[str, Any]]:
    """`typ` and the claims of a JWT that says itself that it is unsigned (RFC 7519 section 6).

    Raises:
        InvalidToken: it says anything else, or brings a signature all the same.
    """
    header_part, payload_part, signature_part = token_parts(token)
    header = json_object(header_part, "header")
    typ = header.get("typ")
    if header.get("alg") != "none" or signature_part:
        raise InvalidToken("alg")
    if typ is not None and not isinstance(typ, str):
        raise InvalidToken("typ")
    if "crit" in header:
        raise InvalidToken("crit")
    return typ, json_object(payload_part, "claims")


def fitting(keys: Iterable[ClientKey], alg: str, kid: str | None) -> list[ClientKey]:
    """The keys that a signature by `alg` may be checked with."""
    return [key for key in keys if key.verifies(alg) and (kid is None or key.kid == kid)]


def _octets(secrets: Iterable[bytes]) -> Iterable[Key]:
    for secret in secrets:
        try:
            yield OctKey.import_key(secret)
        except (JoseError, ValueError):
            # A secret that looks like an asymmetric key is no MAC key of anybody.
            continue
