"""The guard of codes: counted by account before they are compared (THREATS.md MF-03, AU-07)."""

from datetime import timedelta
from typing import Any

from authwell.config.settings import Settings
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit import AuditLog
from authwell.storage.credentials import Attempt, LoginGuard
from authwell.storage.database import Database


class Attempts:
    """One counter for passwords and codes: a right password does not set it back."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Take the database and the limits."""
        self._audit = AuditLog(database)
        self._guard = LoginGuard(database)
        self._limit = settings.account_lockout_attempts
        self._duration: timedelta = settings.account_lockout_duration_minutes

    def count(self, server: AuthorizationServer, account: Account) -> Attempt | None:
        """Count one; None if the account is locked, and then nothing may be compared."""
        return self._guard.count_attempt(
            server.tenant.id,
            account.id,
            limit=self._limit,
            duration=self._duration,
            now=server.now,
        )

    def note_failure(self, server: AuthorizationServer, account: Account, attempt: Attempt) -> None:
        """Keep that it failed."""
        data: dict[str, Any] = {"reason": "wrong_code", "failures": attempt.failures}
        if attempt.locked_until is not None:
            data["locked_until"] = attempt.locked_until.isoformat()
        self._audit.add(server.event("second_factor.failed", account=account, data=data))

    def forgive(self, server: AuthorizationServer, account: Account) -> None:
        """Forget failures after a success that starts no session; a session does so itself."""
        self._guard.clear(server.tenant.id, account.id)
