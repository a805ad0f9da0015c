"""Hashes of passwords that other servers made: verified at login, and then made anew.

Each family is a file with a reader; a hash that a reader has taken is complete, and its cost is
bounded, so that an import cannot bring one that takes minutes to check (THREATS.md AU-10).
"""

from collections.abc import Callable
from typing import Protocol

from authwell.identity.passwords.formats import argon2, bcrypt, pbkdf2, scrypt

MAX_HASH = 1024
"""Characters."""


class Kept(Protocol):
    """A hash that can be compared with."""

    def matches(self, given: bytes) -> bool:
        """Whether it is the hash of this password."""
        ...


READERS: tuple[Callable[[str], Kept | None], ...] = (
    argon2.read,
    bcrypt.read,
    pbkdf2.read,
    scrypt.read,
)


def read(kept: str) -> Kept | None:
    """The hash; None if no family knows it, or if it would cost too much."""
    if len(kept) > MAX_HASH or not kept.isascii() or not kept.isprintable():
        return None
    return next((found for reader in READERS if (found := reader(kept)) is not None), None)
