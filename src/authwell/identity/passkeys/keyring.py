"""The passkeys of one account, as their owner sees them: list, rename, remove."""

from typing import Any

from authwell.identity.letters import Letters
from authwell.identity.passkeys.letters import of_change
from authwell.identity.passkeys.names import passkey_name
from authwell.protocol.model import Account, Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.passkeys import Passkey, StoredPasskeys, remove_passkey


class Keyring:
    """Changes them; the caller has made sure that the person is present."""

    def __init__(self, database: Database, letters: Letters) -> None:
        """Take the database, and what tells the owner by mail."""
        self._database = database
        self._letters = letters
        self._passkeys = StoredPasskeys(database)

    def list(self, tenant_id: str, account_id: str) -> tuple[Passkey, ...]:
        """All of them, the oldest first."""
        return self._passkeys.list(tenant_id, account_id)

    def rename(
        self, server: AuthorizationServer, account: Account, key: str, name: str
    ) -> Passkey | None:
        """Give one another name; None if the account has no such passkey.

        Raises:
            InvalidName: it cannot be shown.
        """
        name = passkey_name(name)
        data = {"passkey": key, "name": name}
        event = server.event("passkey.renamed", account=account, data=data)
        return self._passkeys.rename(server.tenant.id, account.id, key, name, event)

    def remove(self, event: Event, issuer: str, account: Account, key: str) -> Passkey | None:
        """Forget one and tell its owner by mail; None if the account has no such passkey.

        Args:
            event: who removes it, and when.
            issuer: of the tenant.
            account: whose it is.
            key: which.
        """
        with self._database.transaction() as transaction:
            removed = remove_passkey(transaction, event.tenant_id, account.id, key, event)
            if removed is None:
                return None
            letter = of_change("factor_removed", issuer, event.at, account, removed)
            if letter is not None:
                self._letters.post(transaction, event.tenant_id, letter, event.at)
        return removed


def entry(passkey: Passkey) -> dict[str, Any]:
    """A passkey as JSON and commands show it; nothing in it is secret."""
    return {
        "id": passkey.id,
        "name": passkey.name,
        "created_at": passkey.created_at.isoformat(),
        "last_used_at": passkey.last_used_at.isoformat() if passkey.last_used_at else None,
        "transports": list(passkey.transports),
        "aaguid": passkey.aaguid,
        "attestation": passkey.attestation,
        "is_discoverable": passkey.is_discoverable,
        "is_backup_eligible": passkey.is_backup_eligible,
        "is_backed_up": passkey.is_backed_up,
    }
