"""Logging in by name and password: one guard and one answer for all doors.

The account is found by its canonical name or e-mail address, so that no spelling has a
counter of its own (THREATS.md AU-04). An attempt is counted in the database before the
password is compared, so that parallel guesses cannot pass the counter (AU-05). Unknown,
wrong, locked and disabled get the same answer after the same hash (AU-01, AU-02).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authwell.config.settings import Settings
from authwell.identity.accounts import canonical_username
from authwell.identity.passwords import MAX_LENGTH, Hasher, Passwords
from authwell.protocol.model import Account, Event
from authwell.protocol.ports import People
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.accounts import Accounts, LoginCandidate
from authwell.storage.audit import AuditLog
from authwell.storage.credentials import Attempt, Credentials, LoginGuard
from authwell.storage.database import Database
from authwell.storage.logins import Logins
from authwell.utils.logs import get_logger

log = get_logger("login")

LONGEST_NAME = 320
"""Of an e-mail address (RFC 5321 section 4.5.3.1); no account has a longer name."""


@dataclass(frozen=True, slots=True)
class LoginFailed:
    """Nobody logged in; the reason is for the log and never shown.

    Attributes:
        reason: unknown_account, account_locked, account_disabled, no_password,
            password_too_long or wrong_password.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody knocks: which tenant, when, and from where."""

    tenant_id: str
    now: datetime
    caller: Caller

    def event(self, kind: str, account_id: str, **data: Any) -> Event:
        """An audit event of an attempt."""
        return Event(
            type=kind,
            tenant_id=self.tenant_id,
            at=self.now,
            account_id=account_id,
            address=self.caller.address,
            user_agent=self.caller.user_agent,
            request_id=self.caller.request_id,
            data=data,
        )


class Login:
    """Checks names and passwords for the login page and for the password grant."""

    def __init__(self, database: Database, passwords: Passwords, settings: Settings) -> None:
        """Take the database, the places to hash at, and the settings of the lockout."""
        self._accounts = Accounts(database)
        self._credentials = Credentials(database)
        self._guard = LoginGuard(database)
        self._logins = Logins(database)
        self._audit = AuditLog(database)
        self._passwords = passwords
        self._limit = settings.account_lockout_attempts
        self._duration: timedelta = settings.account_lockout_duration_minutes

    def authenticate(
        self, server: AuthorizationServer, username: str, password: str
    ) -> Account | LoginFailed:
        """The account if name and password belong together and it may log in now.

        The success is recorded by whoever makes something of it: `Sessions.start` clears the
        guard in the change that keeps the session.

        Raises:
            TooBusy: the password could not be checked now; no attempt was counted.
        """
        door = Door(server.tenant.id, server.now, server.caller)
        return self._authenticate(door, username, password)

    def people(self, tenant_id: str, now: datetime, caller: Caller) -> People:
        """The engine's port for grants that bring a password along (RFC 6749 section 4.3)."""
        return _People(self, Door(tenant_id, now, caller))

    def admit(self, door: Door, username: str, password: str) -> Account | None:
        """Authenticate and record the success, because no session will."""
        outcome = self._authenticate(door, username, password)
        if isinstance(outcome, LoginFailed):
            return None
        self._logins.note_success(door.event("login.succeeded", outcome.id, by="password_grant"))
        return outcome

    def _authenticate(self, door: Door, username: str, password: str) -> Account | LoginFailed:
        if len(password) > MAX_LENGTH:
            return _refused(LoginFailed("password_too_long"))
        candidate = self._find(door, username)
        with self._passwords.place() as hasher:
            if candidate is None:
                hasher.matches(password, None)
                return _refused(LoginFailed("unknown_account"))
            attempt = self._count(door, candidate)
            # The hash is computed for a locked account too: its time must not stand out.
            matches = hasher.matches(password, candidate.password_hash)
            failure = _failure(candidate, attempt, matches)
            if failure is None:
                self._renew_hash(door, candidate, hasher, password)
                return candidate.record.account
        if attempt is not None:
            self._record_failure(door, candidate, attempt, failure)
        return _refused(failure, candidate.record.id)

    def _find(self, door: Door, username: str) -> LoginCandidate | None:
        canonical = canonical_username(username[: 2 * LONGEST_NAME])
        if not canonical or len(canonical) > LONGEST_NAME:
            return None
        return self._accounts.find_candidate(door.tenant_id, canonical)

    def _count(self, door: Door, candidate: LoginCandidate) -> Attempt | None:
        return self._guard.count_attempt(
            door.tenant_id,
            candidate.record.id,
            limit=self._limit,
            duration=self._duration,
            now=door.now,
        )

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

    def _record_failure(
        self, door: Door, candidate: LoginCandidate, attempt: Attempt, failure: LoginFailed
    ) -> None:
        """One row for each attempt that was counted: the lock bounds how many there can be."""
        data: dict[str, Any] = {"reason": failure.reason, "failures": attempt.failures}
        if attempt.locked_until is not None:
            data["locked_until"] = attempt.locked_until.isoformat()
        self._audit.add(door.event("login.failed", candidate.record.id, **data))


@dataclass(frozen=True, slots=True)
class _People:
    """The port `People` of one request."""

    login: Login
    door: Door

    def authenticate_password(self, username: str, password: str) -> Account | None:
        """The account if name and password belong together and it may log in now."""
        return self.login.admit(self.door, username, password)


def _failure(
    candidate: LoginCandidate, attempt: Attempt | None, matches: bool
) -> LoginFailed | None:
    if attempt is None:
        return LoginFailed("account_locked")
    if candidate.password_hash is None:
        return LoginFailed("no_password")
    if not matches:
        return LoginFailed("wrong_password")
    if candidate.record.status != "active":
        return LoginFailed("account_disabled")
    return None


def _refused(failure: LoginFailed, account_id: str | None = None) -> LoginFailed:
    # Never the name: people type their password into that field.
    log.info("login.failed", rule=failure.reason, account_id=account_id)
    return failure
