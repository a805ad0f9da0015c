"""Who must change their password before anything else (REQUIREMENTS.md K16, ASVS 6.3.2).

It is the account that DEFAULT_ADMIN_PASSWORD made: others may know that password, so until it
is changed a session is good for changing it and for nothing else, and no token is issued.
"""

from typing import Final

from authwell.protocol.model import Account, Tenant
from authwell.storage.database import Database
from authwell.storage.people.first_administrator import owes_change
from authwell.storage.registry import ROOT

USERNAME: Final = "admin"
"""Of the account that DEFAULT_ADMIN_PASSWORD makes."""


class OwedChanges:
    """Tells whether an account owes one; for all others without a look into the database."""

    def __init__(self, database: Database) -> None:
        """Take where it is noted."""
        self._database = database
        self._done: set[str] = set()

    def of(self, tenant: Tenant, account: Account) -> bool:
        """Whether the account still has the password of the settings."""
        if account.username != USERNAME or tenant.slug != ROOT or account.id in self._done:
            return False
        is_owed = owes_change(self._database, tenant.id, account.id)
        if not is_owed:
            # Nobody owes it a second time.
            self._done.add(account.id)
        return is_owed
