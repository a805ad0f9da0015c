"""Checking a code: of the app, or on paper. A right one is used up by that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authwell.identity.factors import backup_codes, totp
from authwell.identity.factors.backup_codes import CodeKeys
from authwell.identity.factors.notices import Notices
from authwell.identity.login.guard import Door, Guard, Locked
from authwell.protocol import authentication_context as context
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.login.backup_codes import BackupCodes
from authwell.storage.login.factors import Factors
from authwell.utils.sealing import Sealer

LONGEST_CODE: Final = 64
FAILED: Final = EventType.SECOND_FACTOR_FAILED
"""The audit event."""


@dataclass(frozen=True, slots=True)
class Proven:
    """The code was right; these methods were shown by it."""

    methods: Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was done; the reason is for the log and for `authwell explain`.

    Attributes:
        reason: account_locked, wrong_code, not_started, not_enrolled, already_enrolled or
            mfa_required.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class CodeChecks:
    """Compares codes with what is kept; the guard counts the attempts (MF-03, AU-07)."""

    database: Database
    sealer: Sealer
    keys: CodeKeys
    guard: Guard
    notices: Notices

    def check(self, server: AuthorizationServer, account: Account, code: str) -> Proven | Refused:
        """Whether a code of the app, or a backup code, is right."""
        attempt = self.guard.admit(Door.of(server), "second_factor", account.id)
        if isinstance(attempt, Locked):
            return Refused("account_locked")
        bare = without_spaces(code)
        if totp.is_code(bare):
            is_right = self._use_step(server, account, bare)
        else:
            is_right = self._use_backup_code(server, account, bare)
        if not is_right:
            self.guard.failed(attempt, FAILED, reason="wrong_code")
            return Refused("wrong_code")
        self.guard.succeeded(attempt)
        return Proven({context.OTP: server.now})

    def _use_step(self, server: AuthorizationServer, account: Account, code: str) -> bool:
        """Whether the app made the code, in a step that was not used before (MF-01)."""
        tenant_id, factors = server.tenant.id, Factors(self.database)
        found = factors.find_totp(tenant_id, account.id)
        if found is None or found.confirmed_at is None:
            return False
        secret = totp.unseal(self.sealer, found.secret_sealed, tenant_id, account.id)
        steps = totp.matching_steps(secret, code, server.now)
        return any(factors.use_step(tenant_id, account.id, step) for step in steps)

    def _use_backup_code(self, server: AuthorizationServer, account: Account, code: str) -> bool:
        tenant_id, codes = server.tenant.id, BackupCodes(self.database)
        known = backup_codes.normalised(code)
        if known is None:
            return False
        candidates = self.keys.candidates(account.id, known)
        if not any(codes.use(tenant_id, account.id, kept, server.now) for kept in candidates):
            return False
        left = codes.left(tenant_id, account.id)
        with self.database.transaction() as transaction:
            self.notices.code_used(transaction, server, account, left, backup_codes.FEW)
        return True


def without_spaces(code: str) -> str:
    """What somebody typed, cut to a length that a code can have."""
    return "".join(code[:LONGEST_CODE].split())
