"""Passwords from breaches of other services, by the range API of Have I Been Pwned.

Only the first five characters of the SHA-1 leave the house, and the answer is padded, so neither
the service nor an onlooker learns which password was asked for. If it cannot be reached the
password is taken (THREATS.md AU-11): an outage elsewhere must not keep people from changing theirs.
"""

from hashlib import sha1

from authwell.utils.fetches import Fetches
from authwell.utils.logs import get_logger
from authwell.utils.outgoing import Limits, OutgoingError

_log = get_logger("passwords")

LIMITS = Limits(seconds=2.0, bytes=262_144)
_PREFIX = 5


class BreachedPasswords:
    """Asks the service of the settings."""

    def __init__(self, fetches: Fetches, url: str | None) -> None:
        """Take the address that the prefix is put behind; None if nobody is asked."""
        self._fetches = fetches
        self._url = url

    def has(self, password: str) -> bool:
        """Whether the password was seen in a breach; False if nobody can tell."""
        if self._url is None:
            return False
        hashed = _sha1(password)
        try:
            return hashed[_PREFIX:] in self._suffixes(self._url + hashed[:_PREFIX])
        except OutgoingError as error:
            _log.warning("passwords.breaches_unknown", error=str(error))
            return False

    def _suffixes(self, url: str) -> frozenset[str]:
        """The suffixes of one range; padding has the count 0."""
        with self._fetches.turn(url):
            answer = self._fetches.outgoing.send(
                "GET", url, headers={"Accept": "text/plain", "Add-Padding": "true"}, limits=LIMITS
            )
        if answer.status != 200:
            raise OutgoingError(f"the status is {answer.status}")
        lines = answer.body.decode("ascii", "replace").splitlines()
        pairs = (line.strip().partition(":") for line in lines)
        return frozenset(suffix.upper() for suffix, _, number in pairs if number.strip("0"))


def _sha1(password: str) -> str:
    given = password.encode("utf-8", "surrogatepass")
    # The service is indexed by SHA-1; nothing is protected by it here.
    return sha1(given, usedforsecurity=False).hexdigest().upper()
