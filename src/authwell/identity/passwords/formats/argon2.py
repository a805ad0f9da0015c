"""Argon2 (RFC 9106): encoded hashes as the reference implementation writes them, and Django's."""

from dataclasses import dataclass

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError

MAX_MEMORY_KIB = 262_144
MAX_PARALLELISM = 16
MAX_WORK = 1_048_576
"""KiB times passes: about a second."""

_PREFIXES = ("$argon2id$", "$argon2i$", "$argon2d$")
_DJANGO = "argon2$"
_VERIFIER = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Argon2:
    """An encoded hash."""

    encoded: str

    def matches(self, given: bytes) -> bool:
        """Whether it is the hash of this password."""
        try:
            return _VERIFIER.verify(self.encoded, given)
        except (VerificationError, InvalidHashError):
            return False


def read(kept: str) -> Argon2 | None:
    """The hash; None if it is none of these, or costs too much."""
    encoded = "$" + kept.removeprefix(_DJANGO) if kept.startswith(_DJANGO) else kept
    if not encoded.startswith(_PREFIXES):
        return None
    try:
        cost = extract_parameters(encoded)
    except (InvalidHashError, ValueError):
        return None
    is_bounded = (
        cost.memory_cost <= MAX_MEMORY_KIB
        and cost.parallelism <= MAX_PARALLELISM
        and cost.memory_cost * cost.time_cost <= MAX_WORK
    )
    return Argon2(encoded) if is_bounded else None
