"""Devices: the browsers that a person has logged in with before (THREATS.md MF-10).

A device is known by a cookie that outlives sessions. It opens nothing by itself: a known device
is not told of by a letter, keeps its way in while strangers lock the account, and may be spared
the second factor for a while.
"""

from datetime import datetime, timedelta

from authwell.identity.sessions.user_agents import device_name
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.database import Database
from authwell.storage.login.devices import Device, add_device
from authwell.storage.login.devices import Devices as StoredDevices
from authwell.utils.randomness import digest, new_id

SEEN_EVERY = timedelta(hours=1)
"""How exactly `last_seen_at` is kept."""


class Devices:
    """Knows devices again."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database
        self._stored = StoredDevices(database)

    def known(self, tenant_id: str, account_id: str, caller: Caller) -> Device | None:
        """The caller's device, if that account has logged in with it before."""
        key = device_digest(caller, account_id)
        return None if key is None else self._stored.find(tenant_id, account_id, key)

    def record(
        self, server: AuthorizationServer, account: Account, known: Device | None = None
    ) -> Device | None:
        """The device of somebody who has just logged in, kept from now on.

        Args:
            server: of this request.
            account: who logged in.
            known: what `known` says.

        Returns:
            It; None for a caller without a device cookie, of whom nothing is kept.
        """
        if known is None:
            return self._add(server, account)
        if server.now - known.last_seen_at >= SEEN_EVERY:
            self._stored.see(server.tenant.id, account.id, known.id, server.now)
        return known

    def list(self, tenant_id: str, account_id: str) -> tuple[Device, ...]:
        """All devices of an account, the last seen first."""
        return self._stored.list(tenant_id, account_id)

    def trust(
        self, tenant_id: str, account_id: str, device_id: str, until: datetime | None
    ) -> bool:
        """Spare it the second factor until then, or no more; False if there is no such device."""
        return self._stored.trust(tenant_id, account_id, device_id, until)

    def forget(self, tenant_id: str, account_id: str, device_id: str, now: datetime) -> bool:
        """Let it be a stranger's from now on; False if there is no such device."""
        return self._stored.revoke(tenant_id, account_id, device_id, now)

    def _add(self, server: AuthorizationServer, account: Account) -> Device | None:
        key = device_digest(server.caller, account.id)
        if key is None:
            return None
        name = device_name(server.caller.user_agent)
        device = Device(new_id(server.now), name, server.now, server.now, None)
        with self._database.transaction() as transaction:
            added = add_device(transaction, server.tenant.id, account.id, key, device)
        # If there is none, a second login of the same browser came first.
        return added or self.known(server.tenant.id, account.id, server.caller)


def device_digest(caller: Caller, account_id: str) -> bytes | None:
    """What an account knows the caller's device by; None if it sends no device cookie."""
    return None if caller.device is None else digest(f"{account_id} {caller.device}")
