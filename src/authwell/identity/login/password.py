"""Logging in by name and password: one guard and one answer for all doors.

The account is found by its canonical name or e-mail address, so that no spelling has a
counter of its own (THREATS.md AU-04). An attempt is counted in the database before the
password is compared, so that parallel guesses cannot pass the counter (AU-05). Unknown,
wrong, locked and disabled get the same answer after the same hash (AU-01, AU-02).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from authwell.identity.administration.owed import OwedChanges
from authwell.identity.factors import levels
from authwell.identity.factors.demands import is_mandatory
from authwell.identity.login.guard import Attempt, Door, Guard, Locked
from authwell.identity.passwords.hashing import MAX_LENGTH, Hasher, Passwords
from authwell.identity.people.names import canonical_username
from authwell.protocol.errors import InvalidGrant
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Tenant
from authwell.protocol.ports import People
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.database import Database
from authwell.storage.login.credentials import Credentials
from authwell.storage.login.factors import Factors
from authwell.storage.login.logins import Logins
from authwell.storage.people.accounts import Accounts, LoginCandidate
from authwell.utils.logs import get_logger

log = get_logger("login")

LONGEST_NAME = 320
"""Of an e-mail address (RFC 5321 section 4.5.3.1); no account has a longer name."""


@dataclass(frozen=True, slots=True)
class LoginFailed:
    """Nobody logged in; the reason is for the log and never shown.

    Attributes:
        reason: unknown_account, account_locked, account_disabled, account_blocked, no_password,
            password_too_long or wrong_password.
    """

    reason: str


class Login:
    """Checks names and passwords for the login page and for the password grant."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        guard: Guard,
        when_locked: Callable[[Door, str], object] = lambda _door, _account_id: None,
    ) -> None:
        """Take the database, the places to hash at, and the guard.

        Args:
            database: where accounts are.
            passwords: compares, a few at once.
            guard: counts the attempts.
            when_locked: called when an account was locked at a door.
        """
        self._database = database
        self._accounts = Accounts(database)
        self._credentials = Credentials(database)
        self._factors = Factors(database)
        self._logins = Logins(database)
        self._owed = OwedChanges(database)
        self._passwords = passwords
        self._guard = guard
        self._when_locked = when_locked

    def authenticate(
        self, server: AuthorizationServer, username: str, password: str
    ) -> Account | LoginFailed:
        """The account if name and password belong together and it may log in now.

        The login is recorded by whoever makes something of it, such as `Sessions.start`.

        Raises:
            TooBusy: the password could not be checked now; no attempt was counted.
            AddressLocked: too many attempts came from the caller's address.
        """
        return self._authenticate(Door.of(server), username, password)

    def confirms(self, server: AuthorizationServer, account: Account, password: str) -> bool:
        """Whether it is the password of somebody who is logged in, who is asked for it again.

        A stolen token guesses no password, because the same guard counts.

        Raises:
            TooBusy, AddressLocked: as `authenticate`.
        """
        outcome = self.authenticate(server, account.username, password)
        return isinstance(outcome, Account) and outcome.id == account.id

    def people(self, tenant: Tenant, now: datetime, caller: Caller) -> People:
        """The engine's port for grants that bring a password along (RFC 6749 section 4.3)."""
        return _People(self, Door(tenant, now, caller))

    def admit(self, door: Door, username: str, password: str) -> Account | None:
        """Authenticate and record the success, because no session will.

        Raises:
            InvalidGrant: the account needs a second factor, which cannot be asked for (MF-04),
                or another password first (K16).
        """
        outcome = self._authenticate(door, username, password)
        if isinstance(outcome, LoginFailed):
            return None
        enrolled = self._factors.enrolled(door.tenant_id, outcome.id)
        if enrolled.any or is_mandatory(self._database, door.tenant, outcome):
            raise InvalidGrant(
                "This account needs a second factor.",
                reason=outcome.id,
                rule="mfa_password_grant",
            )
        if self._owed.of(door.tenant, outcome):
            raise InvalidGrant(
                "This password must be changed first.",
                reason=outcome.id,
                rule="password_change_required",
            )
        self._logins.note_success(
            door.event(EventType.LOGIN_SUCCEEDED, outcome.id, by="password_grant")
        )
        return outcome

    def reachable(self, door: Door, account: Account) -> frozenset[str]:
        """The classes of `acr` that the account's second factors lead to."""
        return levels.reachable(self._factors.enrolled(door.tenant_id, account.id))

    def _authenticate(self, door: Door, username: str, password: str) -> Account | LoginFailed:
        if len(password) > MAX_LENGTH:
            return _refused(LoginFailed("password_too_long"))
        # A place comes first: whoever finds none must cost others as little as can be.
        with self._passwords.place() as hasher:
            candidate = self._find(door, username)
            account_id = candidate.record.id if candidate else None
            attempt = self._guard.admit(door, "password", account_id)
            # The hash is computed for nobody and for a locked account too: the time of the
            # answer must not tell.
            matches = hasher.matches(password, candidate.password_hash if candidate else None)
            outcome = _judged(door.tenant, candidate, attempt, matches)
            if candidate is not None and not isinstance(outcome, LoginFailed):
                self._renew_hash(door, candidate, hasher, password)
        if isinstance(outcome, LoginFailed):
            if isinstance(attempt, Attempt):
                self._guard.failed(attempt, EventType.LOGIN_FAILED, reason=outcome.reason)
                if account_id is not None and attempt.locked_until is not None:
                    self._when_locked(door, account_id)
            return _refused(outcome, account_id)
        if isinstance(attempt, Attempt):
            self._guard.succeeded(attempt)
        return outcome

    def _find(self, door: Door, username: str) -> LoginCandidate | None:
        canonical = canonical_username(username[: 2 * LONGEST_NAME])
        if not canonical or len(canonical) > LONGEST_NAME:
            return None
        return self._accounts.find_candidate(door.tenant_id, canonical)

    def _renew_hash(
        self, door: Door, candidate: LoginCandidate, hasher: Hasher, password: str
    ) -> None:
        """Only now is the password known that a better hash can be made of (K20, AU-20)."""
        kept = candidate.password_hash
        if kept is not None and hasher.is_outdated(kept):
            self._credentials.replace_hash(
                door.tenant_id,
                candidate.record.id,
                old=kept,
                new=hasher.hash(password),
                now=door.now,
            )


@dataclass(frozen=True, slots=True)
class _People:
    """The port `People` of one request."""

    login: Login
    door: Door

    def authenticate_password(self, username: str, password: str) -> Account | None:
        """The account if name and password belong together and it may log in now."""
        return self.login.admit(self.door, username, password)

    def reachable(self, account: Account) -> frozenset[str]:
        """The classes of `acr` that the second factors of an account lead to."""
        return self.login.reachable(self.door, account)


def _judged(
    tenant: Tenant, candidate: LoginCandidate | None, attempt: Attempt | Locked, matches: bool
) -> Account | LoginFailed:
    if candidate is None:
        return LoginFailed("unknown_account")
    if isinstance(attempt, Locked):
        return LoginFailed("account_locked")
    if candidate.password_hash is None:
        return LoginFailed("no_password")
    if not matches:
        return LoginFailed("wrong_password")
    is_blocked = candidate.record.id in tenant.blocks.accounts
    if is_blocked or candidate.record.status != "active":
        return LoginFailed("account_blocked" if is_blocked else "account_disabled")
    return candidate.record.account


def _refused(failure: LoginFailed, account_id: str | None = None) -> LoginFailed:
    # Never the name: people type their password into that field.
    log.info("login.failed", rule=failure.reason, account_id=account_id)
    return failure
