"""What is held, in memory: by roles, whose permissions the shelves say."""

from authwell.protocol.access import ADMIN, NOTHING, Held
from authwell.protocol.model import Account, Client, Tenant
from authwell.storage.memory.shelves import Shelves


class MemoryAccess:
    """The port `Access` in memory."""

    def __init__(self, shelves: Shelves) -> None:
        """Share the shelves of the other ports."""
        self._shelves = shelves

    def of(self, tenant: Tenant, account: Account) -> Held:
        """What comes with the account's own roles, and the groups that the shelves put it in."""
        return self._of_roles(account.roles, self._shelves.groups.get(account.id, frozenset()))

    def of_now(self, tenant: Tenant, account: Account) -> Held:
        """The same: nothing is kept."""
        return self.of(tenant, account)

    def forget(self, tenant_id: str) -> None:
        """Nothing is kept."""

    def of_client(self, tenant: Tenant, client: Client) -> Held:
        """What comes with the role `admin`, for a client with that scope."""
        return self._of_roles((ADMIN,), frozenset()) if ADMIN in client.scope else NOTHING

    def _of_roles(self, roles: tuple[str, ...], groups: frozenset[str]) -> Held:
        granted = (self._shelves.role_permissions.get(role, frozenset()) for role in roles)
        return Held(frozenset(roles), groups, frozenset().union(*granted))
