"""bcrypt, plain (Auth0, Kratos, PHP) and as Django writes it, with or without SHA-256 before.

Plain bcrypt reads 72 bytes, and as if NUL ended them; what it cannot take whole never matches,
because it would match more than one password.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

import bcrypt

MAX_ROUNDS = 14
"""About a second."""

MAX_BYTES = 72

_ENCODED = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}", re.ASCII)
_DJANGO = "bcrypt$"
_DJANGO_SHA256 = "bcrypt_sha256$"


@dataclass(frozen=True, slots=True)
class Bcrypt:
    """An encoded hash."""

    encoded: str
    rounds: int
    of_sha256: bool = False

    def matches(self, given: bytes) -> bool:
        """Whether it is the hash of this password."""
        taken = sha256(given).hexdigest().encode() if self.of_sha256 else given
        same = bcrypt.checkpw(taken[:MAX_BYTES], self.encoded.encode())
        return same and fits(taken)


def fits(given: bytes) -> bool:
    """Whether bcrypt takes all of it."""
    return len(given) <= MAX_BYTES and b"\0" not in given


def read(kept: str) -> Bcrypt | None:
    """The hash; None if it is none of these, or costs too much."""
    of_sha256 = kept.startswith(_DJANGO_SHA256)
    encoded = kept.removeprefix(_DJANGO_SHA256).removeprefix(_DJANGO)
    found = _ENCODED.fullmatch(encoded)
    if found is None or not 4 <= int(found[1]) <= MAX_ROUNDS:
        return None
    return Bcrypt(encoded, int(found[1]), of_sha256)
