"""The passkeys of one account, as their owner sees them: list, rename, remove."""

from dataclasses import replace
from typing import Any

from authwell.identity.factors.demands import is_mandatory
from authwell.identity.factors.second_factors import SecondFactors
from authwell.identity.passkeys.names import passkey_name
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.login.passkeys import Passkey, StoredPasskeys, remove_passkey


class FactorNeeded(Exception):
    """The tenant wants this person to have a second factor, and this is their last."""


class Keyring:
    """Changes them; the caller has made sure that the person is present."""

    def __init__(self, database: Database, factors: SecondFactors) -> None:
        """Take the database, and the second factors, of which a passkey is one."""
        self._database = database
        self._factors = factors
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
        event = server.event(EventType.PASSKEY_RENAMED, account=account, data=data)
        return self._passkeys.rename(server.tenant.id, account.id, key, name, event)

    def remove(self, server: AuthorizationServer, account: Account, key: str) -> Passkey | None:
        """Forget one and tell its owner by mail; None if the account has no such passkey.

        Raises:
            FactorNeeded: it is the last factor of somebody who must have one.
        """
        enrolled = self._factors.enrolled(server, account)
        is_last = not enrolled.totp and enrolled.passkeys < 2
        if is_last and is_mandatory(self._database, server.tenant, account):
            raise FactorNeeded
        event = server.event(EventType.PASSKEY_REMOVED, account=account, data={"passkey": key})
        return self._remove(server, account, key, event)

    def take(
        self, server: AuthorizationServer, account: Account, key: str, actor: str
    ) -> Passkey | None:
        """Forget one, also the last, because an administrator says so; its owner is told too."""
        data = {"passkey": key[:36], "by": "administrator"}
        event = server.event(EventType.PASSKEY_REMOVED, account=account, data=data)
        return self._remove(server, account, key, replace(event, actor=actor))

    def _remove(
        self, server: AuthorizationServer, account: Account, key: str, event: Event
    ) -> Passkey | None:
        with self._database.transaction() as transaction:
            removed = remove_passkey(transaction, server.tenant.id, account.id, key, event)
            if removed is not None:
                self._factors.removed(
                    transaction, server, account, "passkey", removed.name, actor=event.actor
                )
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
