"""Password hashing: Argon2id by RFC 9106; what other servers made is verified and made anew.

A hash costs 19 MiB and tens of milliseconds on purpose, so only a few are computed at once, and
whoever cannot be served within a short wait is told to come again (THREATS.md AU-10). Never do all
threads of a process hash or wait for that: tokens need none of it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe
from threading import BoundedSemaphore, Lock

import bcrypt
from argon2 import PasswordHasher

from authwell.config.settings import Settings
from authwell.identity.passwords import formats
from authwell.identity.passwords.formats.argon2 import Argon2
from authwell.identity.passwords.formats.bcrypt import Bcrypt, fits

MAX_LENGTH = 1024
"""Characters (at most four bytes each); a longer password is refused before it is hashed."""

BCRYPT_ROUNDS = 12

BUSY = 3
"""Threads of a process that may hash or wait, so that one is always free."""

_WAIT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a new Argon2id hash costs; OWASP's least by default (ASVS 5.0 section 11.4.2)."""

    memory_kib: int = 19 * 1024
    time: int = 2
    parallelism: int = 1


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

    def __init__(self, scheme: str, cost: Cost = Cost()) -> None:
        """Choose the scheme of new hashes, `argon2` or `bcrypt`; all are understood always."""
        self._scheme = scheme
        self._argon2 = PasswordHasher(
            time_cost=cost.time, memory_cost=cost.memory_kib, parallelism=cost.parallelism
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
        if self._scheme == "bcrypt" and fits(given):
            return bcrypt.hashpw(given, bcrypt.gensalt(BCRYPT_ROUNDS)).decode("ascii")
        return self._argon2.hash(given)

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether the password belongs to the hash.

        Without a hash one is computed all the same, so that the time does not tell whether
        an account exists. (A hash from elsewhere takes another time, and does tell, until the
        next login renews it.) A password that is too long is wrong, and nothing is computed.
        """
        if len(password) > MAX_LENGTH:
            return False
        found = formats.read(kept if kept is not None else self._nobodys)
        return found is not None and found.matches(_bytes(password)) and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was not made as new ones are, so that a login should renew it."""
        found = formats.read(kept)
        if self._scheme == "bcrypt" and isinstance(found, Bcrypt) and kept.startswith("$2"):
            return found.rounds < BCRYPT_ROUNDS
        if not isinstance(found, Argon2) or not kept.startswith("$argon2id$"):
            return True
        # Where bcrypt is chosen, Argon2id stays: it may stand for a password bcrypt cannot take.
        return self._argon2.check_needs_rehash(kept)


class Passwords:
    """A `Hasher` that at most `parallel` threads of this process use at once."""

    def __init__(
        self,
        parallel: int,
        scheme: str = "argon2",
        wait: timedelta = _WAIT,
        cost: Cost = Cost(),
        busy: int = BUSY,
    ) -> None:
        """Make the places.

        Args:
            parallel: how many hashes may be computed at once.
            scheme: of new hashes, `argon2` or `bcrypt`.
            wait: how long a caller waits for a place.
            cost: of new hashes.
            busy: how many may be computed or waited for.
        """
        self._places = BoundedSemaphore(parallel)
        self._room = max(parallel, busy)
        self._lock = Lock()
        self._wait = wait
        self._hasher = Hasher(scheme, cost)

    @classmethod
    def of(cls, settings: Settings, parallel: int | None = None) -> "Passwords":
        """By the settings: as many places as there are cores, and a thread left for others."""
        places = parallel or settings.password_hashes_at_once or min(BUSY, os.cpu_count() or 1)
        cost = Cost(settings.argon2_memory_kib, settings.argon2_time, settings.argon2_parallelism)
        return cls(places, settings.password_hash_scheme, cost=cost)

    @property
    def room(self) -> int:
        """How many more may hash or wait."""
        return self._room

    @contextmanager
    def place(self) -> Iterator[Hasher]:
        """A place to hash at, for as long as the `with` lasts.

        Raises:
            TooBusy: none became free.
        """
        with self._lock:
            if not self._room:
                raise TooBusy(retry_after=self._wait)
            self._room -= 1
        try:
            if not self._places.acquire(timeout=self._wait.total_seconds()):
                raise TooBusy(retry_after=2 * self._wait)
            try:
                yield self._hasher
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._room += 1

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
