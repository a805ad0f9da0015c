"""Password hashing: Argon2id by RFC 9106, bcrypt for what came from elsewhere.

A hash costs 19 MiB and tens of milliseconds on purpose, so only a few are computed at once,
and whoever cannot be served within a short wait is told to come again (THREATS.md AU-10).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from secrets import token_urlsafe
from threading import BoundedSemaphore

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MAX_LENGTH = 1024
"""Characters (at most four bytes each); a longer password is refused before it is hashed."""

MEMORY_COST = 19 * 1024
TIME_COST = 2
PARALLELISM = 1
BCRYPT_ROUNDS = 12

_BCRYPT_PREFIXES = ("$2a$", "$2b$", "$2y$")
_BCRYPT_MAX_BYTES = 72
_WAIT = timedelta(seconds=2)


class TooBusy(Exception):
    """All hashing places are taken and stayed so: answer 503.

    Attributes:
        retry_after: when it is worth to come again.
    """

    def __init__(self, retry_after: timedelta) -> None:
        """Say when to come again."""
        super().__init__("Too many passwords are being checked at once.")
        self.retry_after = retry_after


class PasswordTooLong(ValueError):
    """The password has more than `MAX_LENGTH` characters."""


class Hasher:
    """Hashes and compares, without a bound; `Passwords` hands it out."""

    def __init__(self, scheme: str) -> None:
        """Choose the scheme of new hashes, `argon2` or `bcrypt`; both are understood always."""
        self._scheme = scheme
        self._argon2 = PasswordHasher(
            time_cost=TIME_COST, memory_cost=MEMORY_COST, parallelism=PARALLELISM
        )
        self._nobodys = self.hash(token_urlsafe())

    def hash(self, password: str) -> str:
        """The hash to be kept.

        bcrypt reads 72 bytes, and as if NUL ended them; a password that it cannot take whole
        is hashed by Argon2id also where bcrypt is chosen, because cut off it would be weaker
        than it looks.

        Raises:
            PasswordTooLong: nobody types so much.
        """
        if len(password) > MAX_LENGTH:
            raise PasswordTooLong(f"A password has at most {MAX_LENGTH} characters.")
        given = _bytes(password)
        if self._scheme == "bcrypt" and _fits_bcrypt(given):
            return bcrypt.hashpw(given, bcrypt.gensalt(BCRYPT_ROUNDS)).decode("ascii")
        return self._argon2.hash(given)

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether the password belongs to the hash.

        Without a hash one is computed all the same, so that the time does not tell whether
        an account exists. (A bcrypt hash from elsewhere takes longer, and does tell, until the
        next login renews it.) A password that is too long is wrong, and nothing is computed.
        """
        if len(password) > MAX_LENGTH:
            return False
        given, against = _bytes(password), kept or self._nobodys
        try:
            if against.startswith(_BCRYPT_PREFIXES):
                same = bcrypt.checkpw(given[:_BCRYPT_MAX_BYTES], against.encode("ascii"))
                same = same and _fits_bcrypt(given)
            else:
                same = self._argon2.verify(against, given)
        except (VerificationError, InvalidHashError, ValueError):
            return False
        return same and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was not made as new ones are, so that a login should renew it."""
        if self._scheme == "bcrypt" and kept.startswith(_BCRYPT_PREFIXES):
            return int(kept.split("$")[2]) < BCRYPT_ROUNDS
        if not kept.startswith("$argon2id$"):
            return True
        # Where bcrypt is chosen, Argon2id stays: it may stand for a password bcrypt cannot take.
        return self._argon2.check_needs_rehash(kept)


class Passwords:
    """A `Hasher` that at most `parallel` threads of this process use at once."""

    def __init__(self, parallel: int, scheme: str = "argon2", wait: timedelta = _WAIT) -> None:
        """Make the places.

        Args:
            parallel: how many hashes may be computed at once.
            scheme: of new hashes, `argon2` or `bcrypt`.
            wait: how long a caller waits for a place.
        """
        self._places = BoundedSemaphore(parallel)
        self._wait = wait
        self._hasher = Hasher(scheme)

    @contextmanager
    def place(self) -> Iterator[Hasher]:
        """A place to hash at, for as long as the `with` lasts.

        Raises:
            TooBusy: none became free.
        """
        if not self._places.acquire(timeout=self._wait.total_seconds()):
            raise TooBusy(retry_after=2 * self._wait)
        try:
            yield self._hasher
        finally:
            self._places.release()

    def hash(self, password: str) -> str:
        """`Hasher.hash` at a place of its own.

        Raises:
            PasswordTooLong: as there.
            TooBusy: no place became free.
        """
        with self.place() as hasher:
            return hasher.hash(password)

    def matches(self, password: str, kept: str | None) -> bool:
        """`Hasher.matches` at a place of its own.

        Raises:
            TooBusy: no place became free.
        """
        with self.place() as hasher:
            return hasher.matches(password, kept)


def _bytes(password: str) -> bytes:
    # Strangers send lone surrogates; they must be as harmless as any other wrong password.
    return password.encode("utf-8", "surrogatepass")


def _fits_bcrypt(given: bytes) -> bool:
    return len(given) <= _BCRYPT_MAX_BYTES and b"\0" not in given
