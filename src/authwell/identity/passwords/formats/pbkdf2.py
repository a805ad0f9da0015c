"""PBKDF2 (RFC 8018 section 5.2) as Django, werkzeug, Kratos, Auth0 and passlib write it.

What Keycloak exports is first brought into the form of Kratos, by `foreign`.
"""

import hmac
import re
from dataclasses import dataclass
from hashlib import pbkdf2_hmac

from authwell.identity.passwords.formats.encoding import base64_of, hex_of

MAX_ITERATIONS = 2_000_000
"""About a second."""

MAX_KEY = 128

_DIGESTS = {"sha1": "sha1", "sha256": "sha256", "sha512": "sha512"}
_DJANGO = re.compile(r"pbkdf2_(sha1|sha256)\$(\d{1,8})\$([^$]+)\$([^$]+)", re.ASCII)
_WERKZEUG = re.compile(r"pbkdf2:(sha1|sha256|sha512):(\d{1,8})\$([^$]+)\$([0-9a-f]+)", re.ASCII)
_PHC = re.compile(
    r"\$pbkdf2-(sha1|sha256|sha512)\$i=(\d{1,8})(?:,l=\d{1,4})?\$([^$]+)\$([^$]+)", re.ASCII
)
_PASSLIB = re.compile(r"\$pbkdf2-(sha256|sha512)\$(\d{1,8})\$([^$]+)\$([^$]+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pbkdf2:
    """A derived key and what it was derived by."""

    digest: str
    iterations: int
    salt: bytes
    key: bytes

    def matches(self, given: bytes) -> bool:
        """Whether it is the hash of this password."""
        found = pbkdf2_hmac(self.digest, given, self.salt, self.iterations, len(self.key))
        return hmac.compare_digest(found, self.key)


def read(kept: str) -> Pbkdf2 | None:
    """The hash; None if it is none of these, or costs too much."""
    if (found := _DJANGO.fullmatch(kept)) is not None:
        return _bounded(found, found[3].encode(), base64_of(found[4]))
    if (found := _WERKZEUG.fullmatch(kept)) is not None:
        return _bounded(found, found[3].encode(), hex_of(found[4]))
    found = _PHC.fullmatch(kept) or _PASSLIB.fullmatch(kept)
    if found is None:
        return None
    return _bounded(found, base64_of(found[3]), base64_of(found[4]))


def _bounded(found: re.Match[str], salt: bytes | None, key: bytes | None) -> Pbkdf2 | None:
    iterations = int(found[2])
    if salt is None or key is None or not 16 <= len(key) <= MAX_KEY:
        return None
    if not 1 <= iterations <= MAX_ITERATIONS:
        return None
    return Pbkdf2(_DIGESTS[found[1]], iterations, salt, key)
