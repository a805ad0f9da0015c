"""What signs the ends of a chain: an Ed25519 key that is made of KEY_ENCRYPTION_KEY.

Whoever holds the database alone cannot sign (THREATS.md LG-04). After KEY_ENCRYPTION_KEY was
exchanged the next checkpoint names the one before by its digest, so the old key is not needed.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from authwell.protocol.jose.keys import KeyRing, StoredKey, from_seed, public_jwk
from authwell.protocol.jose.signing import InvalidToken, json_object, sign, token_parts, verify
from authwell.storage.statements import Row
from authwell.utils.randomness import digest
from authwell.utils.sealing import Sealer

PURPOSE: Final = "audit"
CHECKPOINT: Final = "authwell-audit-checkpoint"
ARCHIVE: Final = "authwell-audit-archive"
"""`typ` of the JWS (RFC 8725 section 3.11): neither is ever taken for a token."""


class AuditKeys:
    """Signs and verifies; costs two derivations when it is first used."""

    def __init__(self, sealer: Sealer) -> None:
        """Take what holds KEY_ENCRYPTION_KEY and the older ones."""
        self._sealer = sealer

    @property
    def public_jwk(self) -> Mapping[str, Any]:
        """What others verify with."""
        return self._keys[0].public_jwk

    def checkpoint(self, chain: Row, now: datetime) -> str:
        """Sign where a chain stands, and what was kept of it before."""
        return sign(
            {
                "tenant": chain.tenant_id,
                "seq": chain.seq,
                "hash": chain.hash.hex(),
                "base_seq": chain.base_seq,
                "base_hash": chain.base_hash.hex(),
                "at": now.isoformat(timespec="microseconds"),
                "previous": chain.kept_digest.hex() if chain.kept_digest else None,
            },
            self._keys[0],
            CHECKPOINT,
        )

    def archive(self, claims: Mapping[str, Any]) -> str:
        """Sign what an archived segment holds."""
        return sign(claims, self._keys[0], ARCHIVE)

    def open(self, token: str, typ: str) -> dict[str, Any] | None:
        """What was signed by one of our keys; None for anything else."""
        try:
            return verify(token, self._ring, typ)
        except InvalidToken:
            return None

    def is_older(self, token: str) -> bool:
        """Whether a key signed it that is not the present one."""
        present = KeyRing(self._keys[:1])
        try:
            verify(token, present, CHECKPOINT)
        except InvalidToken:
            return True
        return False

    def peek(self, token: str) -> dict[str, Any] | None:
        """What a token says, whoever signed it: it counts only if a good one names its digest."""
        try:
            return json_object(token_parts(token)[1], "claims")
        except InvalidToken:
            return None

    @cached_property
    def _keys(self) -> tuple[StoredKey, ...]:
        return tuple(_stored(seed) for seed in self._sealer.derive_each(PURPOSE))

    @cached_property
    def _ring(self) -> KeyRing:
        return KeyRing(self._keys)


def ends_are_signed(chain: Row, claims: Mapping[str, Any] | None) -> bool:
    """Whether a chain's ends are those of its token, but for what was chained since."""
    if claims is None:
        return bool(chain.base_seq == 0)
    base = (claims["base_seq"], claims["base_hash"]) == (chain.base_seq, chain.base_hash.hex())
    end = (claims["seq"], claims["hash"]) == (chain.seq, chain.hash.hex())
    return base and (end or (not chain.is_signed and claims["seq"] < chain.seq))


def token_digest(token: str) -> bytes:
    """By which a checkpoint names the one before."""
    return digest(token)


def _stored(seed: bytes) -> StoredKey:
    key = from_seed(seed)
    jwk = public_jwk(key, "EdDSA")
    return StoredKey(str(jwk["kid"]), "EdDSA", "active", jwk, key, key)
