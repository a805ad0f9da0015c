"""Deleting an account: nothing of it works from now on, and after a while it is erased.

Until then an administrator can give it back (`authwell user restore`), and nobody else can take
its name. What the erasure leaves is in `storage/people/erasure.py`.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from authwell.config.settings import Settings
from authwell.identity.mail.letters import Letter, Letters
from authwell.protocol.model import Event
from authwell.storage.database import Database, Transaction
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.people.deletion import delete_softly, restore
from authwell.storage.people.superusers import keeping_superusers


class AccountDeletion:
    """Deletes accounts so that they can be given back for a while."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        letters: Letters,
        when_posted: Callable[[], object] = lambda: None,
    ) -> None:
        """Take the database, what writes letters, and the bell that sends them."""
        self._database = database
        self._accounts = Accounts(database)
        self._kept: timedelta = settings.account_erase_days
        self._letters = letters
        self._when_posted = when_posted

    def delete(self, event: Event) -> datetime | None:
        """Delete the account that the event is about, and write to its person.

        Sessions, tokens, links and API keys end at once; clients are told.

        Args:
            event: an event of any type with account, time, and who does it.

        Returns:
            When it will be erased; None if there is no such account that is not deleted yet.
        """
        record = self._find(event)
        if record is None:
            return None
        with self._database.transaction() as transaction:
            erased_at = self.delete_in(transaction, event, record)
        self._when_posted()
        return erased_at

    def delete_in(
        self, transaction: Transaction, event: Event, record: AccountRecord
    ) -> datetime | None:
        """The same in a transaction; the caller rings the bell of the outbox.

        Raises:
            LastSuperuser: it would be nobody's tenant then.
        """
        tenant_id = event.tenant_id
        with keeping_superusers(transaction, tenant_id, record.id, record.status):
            if not delete_softly(transaction, event):
                return None
        erased_at = event.at + self._kept
        if record.email is not None and record.email_verified:
            letter = Letter(
                "account_deleted",
                record.email,
                record.locale,
                {"name": record.full_name or "", "erased_at": erased_at.date().isoformat()},
                account_id=record.id,
            )
            self._letters.post(transaction, event.tenant_id, letter, event.at)
        return erased_at

    def restore(self, event: Event) -> bool:
        """Give a deleted account back; False if it is not deleted, or was erased.

        Old sessions and tokens stay dead: the person logs in again.
        """
        with self._database.transaction() as transaction:
            return self.restore_in(transaction, event)

    def restore_in(self, transaction: Transaction, event: Event) -> bool:
        """The same in a transaction."""
        return restore(transaction, event)

    def _find(self, event: Event) -> AccountRecord | None:
        return self._accounts.find(event.tenant_id, event.account_id or "")
