"""Encryption of secrets at rest: AES-256-GCM under keys per purpose (DESIGN.md section 4).

A sealed value is a version byte, the four bytes that name the key, a nonce of twelve
bytes, and the ciphertext with its tag. It opens only with the purpose and the
associated data (table, column, tenant and row) that it was sealed with.
"""

import hmac
from secrets import token_bytes
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION: Final = b"\x01"
_KEY_ID: Final = slice(1, 5)
_NONCE: Final = slice(5, 17)
_NONCE_LENGTH: Final = 12
_HEADER_LENGTH: Final = 17
_LEAST_KEY_LENGTH: Final = 32


class CannotOpen(Exception):
    """The sealed value is damaged, belongs elsewhere, or was sealed by a key that is gone."""


class Sealer:
    """Seals under one key and opens what it or an older key sealed; safe among threads."""

    __slots__ = ("_ciphers", "_derived", "_keys", "_primary")

    def __init__(self, primary: bytes, old: tuple[bytes, ...] = ()) -> None:
        """Take the key that seals and the older ones that may still open.

        Raises:
            ValueError: a key has fewer than 32 bytes.
        """
        for key in (primary, *old):
            if len(key) < _LEAST_KEY_LENGTH:
                raise ValueError("A sealing key needs at least 32 bytes.")
        self._keys = {_expand(key, "key-id", 4): key for key in (*old, primary)}
        self._primary = _expand(primary, "key-id", 4)
        self._ciphers: dict[tuple[bytes, str], AESGCM] = {}
        self._derived: dict[str, bytes] = {}

    def seal(self, plain: bytes, purpose: str, aad: str) -> bytes:
        """Encrypt for one purpose, bound to `aad`."""
        return self._sealed(plain, purpose, aad, token_bytes(_NONCE_LENGTH))

    def seal_alike(self, plain: bytes, purpose: str, aad: str) -> bytes:
        """The same, but alike for the same, so that files of sealed values can be compared.

        The nonce is a MAC of all that goes in, so it comes again with the same value only (as in
        RFC 5297). A purpose has either these or those of `seal`.
        """
        key, bound = self.derive(f"nonce:{purpose}"), aad.encode()
        message = len(bound).to_bytes(8) + bound + plain
        return self._sealed(
            plain, purpose, aad, hmac.digest(key, message, "sha256")[:_NONCE_LENGTH]
        )

    def open(self, sealed: bytes, purpose: str, aad: str) -> bytes:
        """Decrypt what `seal` returned for the same purpose and `aad`.

        Raises:
            CannotOpen: for every other value.
        """
        header = sealed[:_HEADER_LENGTH]
        key_id = header[_KEY_ID]
        if len(header) < _HEADER_LENGTH or header[:1] != _VERSION or key_id not in self._keys:
            raise CannotOpen("The value was not sealed by a key of this server.")
        try:
            cipher = self._cipher(key_id, purpose)
            return cipher.decrypt(header[_NONCE], sealed[_HEADER_LENGTH:], _bound(header, aad))
        except InvalidTag as error:
            raise CannotOpen("The value is damaged or belongs elsewhere.") from error

    def is_current(self, sealed: bytes) -> bool:
        """Return whether the primary key sealed it, so that sealing anew would change nothing."""
        return sealed[_KEY_ID] == self._primary

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes of the primary key's own for a purpose, such as a MAC."""
        derived = self._derived.get(purpose)
        if derived is None:
            derived = _expand(self._keys[self._primary], f"derive:{purpose}", 32)
            self._derived[purpose] = derived
        return derived

    def derive_each(self, purpose: str) -> tuple[bytes, ...]:
        """What `derive` returns for the primary key, and then for each older one."""
        older = (key for name, key in self._keys.items() if name != self._primary)
        return (
            self.derive(purpose),
            *(_expand(key, f"derive:{purpose}", 32) for key in older),
        )

    def _sealed(self, plain: bytes, purpose: str, aad: str, nonce: bytes) -> bytes:
        header = _VERSION + self._primary + nonce
        cipher = self._cipher(self._primary, purpose)
        return header + cipher.encrypt(header[_NONCE], plain, _bound(header, aad))

    def _cipher(self, key_id: bytes, purpose: str) -> AESGCM:
        cipher = self._ciphers.get((key_id, purpose))
        if cipher is None:
            cipher = AESGCM(_expand(self._keys[key_id], f"seal:{purpose}", 32))
            self._ciphers[key_id, purpose] = cipher
        return cipher


def _bound(header: bytes, aad: str) -> bytes:
    return header[: _KEY_ID.stop] + aad.encode()


def _expand(key: bytes, label: str, length: int) -> bytes:
    info = f"authwell:{label}".encode()
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(key)
