"""Who administers, and what they may do to whom (THREATS.md TN-05, TN-14).

That they may administer at all was asked before; here it is about the person on the other side.
"""

from collections.abc import Collection
from dataclasses import dataclass

from authwell.identity.access.rules import may_give
from authwell.protocol.access import Held
from authwell.protocol.server import AuthorizationServer
from authwell.storage.access.held import read_held_by_role
from authwell.storage.database import Database, Transaction
from authwell.storage.people.accounts import AccountRecord


class NotAllowed(Exception):
    """The administrator may not do this.

    Attributes:
        reason: why not, for the administrator.
    """

    def __init__(self, reason: str) -> None:
        """Say why not."""
        super().__init__(reason)
        self.reason = reason


class OwnAccount(NotAllowed):
    """Nobody shuts themselves out here; what people do with their own account has its own place."""

    def __init__(self) -> None:
        """Say where."""
        super().__init__("This is your own account. Another administrator has to do this.")


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who acts.

    Attributes:
        actor: for the audit log: the id of an account or of a client.
        held: what they hold, and may therefore give and take.
    """

    actor: str
    held: Held

    def require_over(self, server: AuthorizationServer, record: AccountRecord) -> None:
        """Check that they may change this account.

        Raises:
            NotAllowed: it is a superuser's, and they are none (REQUIREMENTS.md G14); or it holds
                more than they do: another address and a link for a password would give them that.
        """
        if self.held.is_superuser:
            return
        theirs = server.store.access.of_now(server.tenant, record.account)
        if may_give(self.held, theirs):
            return
        if theirs.is_superuser:
            raise NotAllowed("Only a superuser may do this to a superuser.")
        raise NotAllowed("Who holds more than you is not yours to change.")

    def require_other(self, record: AccountRecord) -> None:
        """Check that it is not their own account.

        Raises:
            OwnAccount: it is.
        """
        if record.id == self.actor:
            raise OwnAccount

    def require_may_set(
        self,
        source: Database | Transaction,
        tenant_id: str,
        before: Collection[str],
        after: Collection[str],
    ) -> None:
        """Check that they hold all that comes with the roles that are given or taken.

        Raises:
            NotAllowed: one of these holds more.
        """
        for name in sorted({*before} ^ {*after}):
            if not may_give(self.held, read_held_by_role(source, tenant_id, name)):
                raise NotAllowed("You may give and take only roles that hold no more than you do.")
