"""The second factors of people: set up, confirmed, removed, replaced.

Whatever adds or removes one tells the person by a letter and leaves an audit event in the same
transaction (THREATS.md MF-05).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from authwell.config.settings import Settings
from authwell.identity.factors import backup_codes, totp
from authwell.identity.factors.backup_codes import CodeKeys
from authwell.identity.factors.checks import FAILED, CodeChecks, Proven, Refused, without_spaces
from authwell.identity.factors.demands import is_mandatory
from authwell.identity.factors.notices import Notices
from authwell.identity.login.guard import Door, Guard, Locked
from authwell.identity.mail.letters import Letters
from authwell.protocol.model import Account, Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.database import Database, Transaction
from authwell.storage.login.backup_codes import replace_codes
from authwell.storage.login.devices import end_trust
from authwell.storage.login.factors import (
    Enrolled,
    Factors,
    TotpRecord,
    Use,
    confirm_totp,
    delete_passkeys,
    delete_totp,
    enrolled_in,
)
from authwell.utils.sealing import Sealer

SETUP_LIFETIME: Final = timedelta(minutes=30)
"""For so long a secret waits for its first code."""

Kind = Literal["totp", "passkey"]


@dataclass(frozen=True, slots=True)
class Added:
    """The factor counts from now on; the codes are shown this once, if they are new."""

    backup_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What an administrator took away: how many passkeys, and whether there was an app."""

    passkeys: int
    had_app: bool


class SecondFactors:
    """The second factors of all tenants' people."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        letters: Letters,
        settings: Settings,
        when_written: Callable[[], object] = lambda: None,
    ) -> None:
        """Take the database, what seals secrets and posts letters, and the limits of the guard.

        Args:
            database: where they are.
            sealer: keeps the secrets of apps.
            letters: tells people of changes.
            settings: with the limits, and the keys of backup codes.
            when_written: called when a letter was put into the outbox.
        """
        self._database = database
        self._factors = Factors(database)
        self._sealer = sealer
        self._keys = CodeKeys.of(settings)
        self._guard = Guard(database, settings)
        self._notices = Notices(letters)
        self._checks = CodeChecks(database, sealer, self._keys, self._guard, self._notices)
        self._when_written = when_written

    def enrolled(self, server: AuthorizationServer, account: Account) -> Enrolled:
        """What the account has."""
        return self._factors.enrolled(server.tenant.id, account.id)

    def check(self, server: AuthorizationServer, account: Account, code: str) -> Proven | Refused:
        """Whether a code of the app, or a backup code, is right; it is used up by that."""
        outcome = self._checks.check(server, account, code)
        self._when_written()
        return outcome

    def start_totp(self, server: AuthorizationServer, account: Account) -> totp.Setup | Refused:
        """A new secret for an app; it counts when `confirm_totp` has seen a code of it."""
        secret = totp.new_secret()
        sealed = totp.seal(self._sealer, secret, server.tenant.id, account.id)
        if not self._factors.put_totp(server.tenant.id, account.id, sealed, server.now):
            return Refused("already_enrolled")
        return totp.setup(secret, account, server.tenant.name)

    def waiting_totp(self, server: AuthorizationServer, account: Account) -> totp.Setup | None:
        """The secret that waits for its first code; None once it is confirmed, or too old."""
        found = self._waiting(server, account)
        if found is None:
            return None
        return totp.setup(self._secret(server, account, found), account, server.tenant.name)

    def confirm_totp(
        self, server: AuthorizationServer, account: Account, code: str
    ) -> Added | Refused:
        """Let the app count, because it made this code."""
        found = self._waiting(server, account)
        if found is None:
            return Refused("not_started")
        attempt = self._guard.admit(Door.of(server), "second_factor", account.id)
        if isinstance(attempt, Locked):
            return Refused("account_locked")
        secret = self._secret(server, account, found)
        steps = totp.matching_steps(secret, without_spaces(code), server.now)
        if not steps:
            self._guard.failed(attempt, FAILED, reason="wrong_code")
            return Refused("wrong_code")
        use = Use(steps[-1], server.now)
        with self._database.transaction() as transaction:
            if not confirm_totp(transaction, server.tenant.id, account.id, found, use):
                return Refused("not_started")
            codes = self.added(transaction, server, account, "totp")
        self._guard.succeeded(attempt)
        self._when_written()
        return Added(codes)

    def remove_totp(self, server: AuthorizationServer, account: Account) -> Refused | None:
        """Remove the app, and what only stood in for it; None if that was done."""
        enrolled = self.enrolled(server, account)
        if not enrolled.totp:
            return Refused("not_enrolled")
        if not enrolled.passkeys and is_mandatory(self._database, server.tenant, account):
            return Refused("mfa_required")
        with self._database.transaction() as transaction:
            if not delete_totp(transaction, server.tenant.id, account.id):
                return Refused("not_enrolled")
            self.removed(transaction, server, account, "totp")
        self._when_written()
        return None

    def renew_backup_codes(self, server: AuthorizationServer, account: Account) -> Added | Refused:
        """Ten new codes; all that were before are worthless."""
        if not self.enrolled(server, account).any:
            return Refused("not_enrolled")
        with self._database.transaction() as transaction:
            codes = self._new_codes(transaction, server, account)
            self._notices.codes_renewed(transaction, server, account)
        self._when_written()
        return Added(codes)

    def added(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        account: Account,
        kind: Kind,
        label: str = "",
    ) -> tuple[str, ...]:
        """Tell of a new factor; backup codes to show once, if the account had none.

        The caller rings the bell of the outbox when the transaction has committed.
        """
        self._notices.factor(transaction, server, account, "added", kind, label=label)
        if enrolled_in(transaction, server.tenant.id, account.id).backup_codes:
            return ()
        return self._new_codes(transaction, server, account)

    def removed(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        account: Account,
        kind: Kind,
        label: str = "",
        *,
        actor: str | None = None,
    ) -> None:
        """Tell of a factor that is gone: no device is trusted any more (MF-10).

        `actor` is the administrator who took it away, if it was not its owner.
        """
        end_trust(transaction, server.tenant.id, account.id)
        if not enrolled_in(transaction, server.tenant.id, account.id).any:
            replace_codes(transaction, server.tenant.id, account.id, (), server.now)
        self._notices.factor(
            transaction, server, account, "removed", kind, label=label, actor=actor
        )

    def reset(self, server: AuthorizationServer, account: Account, event: Event) -> Taken:
        """Take all factors from somebody who lost them, because an administrator says so."""
        with self._database.transaction() as transaction:
            taken = self.reset_in(transaction, server, account, event)
        self._when_written()
        return taken

    def reset_in(
        self, transaction: Transaction, server: AuthorizationServer, account: Account, event: Event
    ) -> Taken:
        """The same in a transaction; the caller rings the bell of the outbox."""
        passkeys = delete_passkeys(transaction, server.tenant.id, account.id)
        had_app = delete_totp(transaction, server.tenant.id, account.id)
        replace_codes(transaction, server.tenant.id, account.id, (), server.now)
        end_trust(transaction, server.tenant.id, account.id)
        add_event(transaction, event)
        if passkeys:
            self._notices.taken(transaction, server, account, "passkey")
        if had_app:
            self._notices.taken(transaction, server, account, "totp")
        return Taken(passkeys, had_app)

    def _waiting(self, server: AuthorizationServer, account: Account) -> TotpRecord | None:
        found = self._factors.find_totp(server.tenant.id, account.id)
        if found is None or found.confirmed_at is not None:
            return None
        return found if server.now - found.created_at < SETUP_LIFETIME else None

    def _secret(self, server: AuthorizationServer, account: Account, found: TotpRecord) -> str:
        return totp.unseal(self._sealer, found.secret_sealed, server.tenant.id, account.id)

    def _new_codes(
        self, transaction: Transaction, server: AuthorizationServer, account: Account
    ) -> tuple[str, ...]:
        codes = backup_codes.new_codes()
        kept = [self._keys.kept(account.id, code) for code in codes]
        replace_codes(transaction, server.tenant.id, account.id, kept, server.now)
        return codes
