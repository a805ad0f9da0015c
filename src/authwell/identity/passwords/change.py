"""Another password for somebody who is logged in (THREATS.md AU-18, REQUIREMENTS.md C10)."""

from authwell.identity.administration.first import promote
from authwell.identity.passwords.policy import Weakness
from authwell.identity.people.desk import (
    AccountDesk,
    WeakPassword,
    password_changed,
    set_password,
)
from authwell.identity.sessions.service import PREFIX
from authwell.protocol.events import EventType
from authwell.protocol.model import Session
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.login.credentials import Credentials
from authwell.storage.people.first_administrator import owes_change
from authwell.utils.randomness import digest, new_secret


class AccountGone(Exception):
    """There is nobody any more who could have another password."""


class PasswordChange:
    """Writes the new password."""

    def __init__(self, desk: AccountDesk) -> None:
        """Take what it works with."""
        self._desk = desk

    def change(
        self,
        server: AuthorizationServer,
        account_id: str,
        new: str,
        present: Session | None = None,
    ) -> str | None:
        """Set another password; all tokens and sessions end but the present one.

        The caller has asked for the password of before, which is what the session that goes on
        was authenticated by just now.

        Args:
            server: of this request.
            account_id: whose.
            new: the password.
            present: the browser's session; None for programs, which log in again.

        Returns:
            The present session's new cookie.

        Raises:
            WeakPassword: the new one is refused.
            TooBusy: it could not be hashed now.
            AccountGone: the account was disabled or deleted just now.
        """
        known = self._desk.accounts.find(server.tenant.id, account_id)
        if known is None:
            raise AccountGone
        self._require_another(server, account_id, new)
        hashed = self._desk.hash_for(server, known, new)
        cookie = new_secret(PREFIX) if present is not None else None
        with self._desk.database.transaction() as transaction:
            people = PeopleEdit(transaction, server.tenant.id, server.now)
            record = people.lock(account_id)
            if record is None or record.status != "active":
                raise AccountGone
            kept = present.id if present is not None else ""
            set_password(transaction, server, record, hashed, except_session=kept)
            if present is not None and cookie is not None:
                people.keep_session(present, digest(cookie))
            add_event(transaction, server.event(EventType.PASSWORD_CHANGED, account=record.account))
            promote(transaction, server, record)
            if record.email is not None:
                self._desk.post(transaction, server, password_changed(server, record))
        self._desk.ring()
        return cookie

    def _require_another(self, server: AuthorizationServer, account_id: str, new: str) -> None:
        """Refuse the password of the settings as the new one of the account that has it (K16)."""
        tenant_id = server.tenant.id
        if not owes_change(self._desk.database, tenant_id, account_id):
            return
        kept = Credentials(self._desk.database).find_password(tenant_id, account_id)
        if self._desk.passwords.matches(new, kept):
            raise WeakPassword((Weakness("common"),))
