"""scrypt (RFC 7914) as werkzeug, Django and Kratos write it, and as Auth0 takes it.

What Auth0 takes as an object is first brought into the form of Kratos, by `foreign`.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import scrypt

from authwell.identity.passwords.formats.encoding import base64_of, hex_of

MAX_MEMORY = 128 * 1024 * 1024
MAX_WORK = 2**21
"""N times r times p: about a second."""

MAX_KEY = 128

_LOGARITHMS = 32
"""A smaller number for N is its logarithm, as PHC strings have it; Kratos writes N itself."""

_SPARE = 1024 * 1024
_WERKZEUG = re.compile(r"scrypt:(\d{1,8}):(\d{1,4}):(\d{1,4})\$([^$]+)\$([0-9a-f]+)", re.ASCII)
_DJANGO = re.compile(r"scrypt\$(\d{1,8})\$([^$]+)\$(\d{1,4})\$(\d{1,4})\$([^$]+)", re.ASCII)
_PHC = re.compile(r"\$scrypt\$ln=(\d{1,8}),r=(\d{1,4}),p=(\d{1,4})\$([^$]+)\$([^$]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Scrypt:
    """A derived key and what it was derived by."""

    cost: int
    block_size: int
    parallelism: int
    salt: bytes
    key: bytes

    def matches(self, given: bytes) -> bool:
        """Whether it is the hash of this password."""
        found = scrypt(
            given,
            salt=self.salt,
            n=self.cost,
            r=self.block_size,
            p=self.parallelism,
            maxmem=MAX_MEMORY + _SPARE,
            dklen=len(self.key),
        )
        return hmac.compare_digest(found, self.key)


def read(kept: str) -> Scrypt | None:
    """The hash; None if it is none of these, or costs too much."""
    if (found := _WERKZEUG.fullmatch(kept)) is not None:
        numbers = (int(found[1]), int(found[2]), int(found[3]))
        return _bounded(numbers, found[4].encode(), hex_of(found[5]))
    if (found := _DJANGO.fullmatch(kept)) is not None:
        numbers = (int(found[1]), int(found[3]), int(found[4]))
        return _bounded(numbers, found[2].encode(), base64_of(found[5]))
    if (found := _PHC.fullmatch(kept)) is None:
        return None
    cost = int(found[1])
    cost = 2**cost if cost < _LOGARITHMS else cost
    return _bounded((cost, int(found[2]), int(found[3])), base64_of(found[4]), base64_of(found[5]))


def _bounded(numbers: tuple[int, int, int], salt: bytes | None, key: bytes | None) -> Scrypt | None:
    cost, block_size, parallelism = numbers
    if salt is None or key is None or not 16 <= len(key) <= MAX_KEY:
        return None
    is_power = cost > 1 and cost & (cost - 1) == 0
    if not is_power or not block_size or not parallelism:
        return None
    if 128 * cost * block_size > MAX_MEMORY or cost * block_size * parallelism > MAX_WORK:
        return None
    return Scrypt(cost, block_size, parallelism, salt, key)
