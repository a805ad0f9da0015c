"""Nobody gives, changes or takes what they do not hold themselves (THREATS.md TN-05, TN-14)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authwell.protocol.access import Held
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.access.edit import AccessEdit
from authwell.storage.access.held import read_held, read_held_by_role
from authwell.storage.access.reading import Source, held_by_roles


class AccessRefused(Exception):
    """An administrator may not do this, or it does not fit what is there.

    Attributes:
        code: stable: `not_found`, `invalid`, `forbidden`, `conflict` or `last_superuser`.
    """

    def __init__(self, code: str, text: str) -> None:
        """Say why in a sentence for the administrator."""
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Giver:
    """Who administers.

    Attributes:
        actor: for the audit log.
        held: what a client holds; an account's is read anew in each change.
        account: None for a client.
    """

    server: AuthorizationServer
    actor: str
    held: Held
    account: Account | None = None

    def held_in(self, edit: AccessEdit) -> Held:
        """What they hold as things stand in an edit."""
        if self.account is None:
            return self.held
        return read_held(edit.transaction, edit.tenant_id, self.account.id)

    def event(
        self, kind: EventType, data: Mapping[str, Any], account_id: str | None = None
    ) -> Event:
        """An audit event in their name."""
        caller = self.server.caller
        return Event(
            type=kind,
            tenant_id=self.server.tenant.id,
            at=self.server.now,
            account_id=account_id,
            actor=self.actor,
            address=caller.address,
            user_agent=caller.user_agent,
            request_id=caller.request_id,
            data=data,
        )


def missing(what: str) -> AccessRefused:
    """There is no such thing in the tenant."""
    return AccessRefused("not_found", f"There is no such {what}.")


def may_give(giver: Held, given: Held) -> bool:
    """Whether somebody may give what holds this, take it, or change who has it.

    Superusers give all that their tenant has, and they alone give what makes one (G14).
    """
    return giver.is_superuser or (not given.is_superuser and giver.covers_all_of(given))


def roles_to_give(source: Source, tenant_id: str, giver: Held) -> list[str]:
    """The roles of the tenant that somebody may give, by name."""
    held = held_by_roles(source, tenant_id)
    return sorted(name for name, given in held.items() if may_give(giver, given))


def require_covers(giver: Held, given: Held) -> None:
    """Refuse what is more than the giver has.

    Raises:
        AccessRefused: `forbidden`.
    """
    if may_give(giver, given):
        return
    if given.is_superuser:
        raise AccessRefused("forbidden", "This needs the role admin.")
    raise AccessRefused("forbidden", "This holds permissions that you do not hold yourself.")


def require_covers_role(edit: AccessEdit, giver: Held, name: str) -> None:
    """The same of all that comes with a role."""
    require_covers(giver, read_held_by_role(edit.transaction, edit.tenant_id, name))


def require_may_manage(edit: AccessEdit, giver: Giver, account_id: str) -> None:
    """Refuse to touch an account that holds more than the giver: a superuser, above all (G14)."""
    require_covers(giver.held_in(edit), read_held(edit.transaction, edit.tenant_id, account_id))


def require_superuser_left(edit: AccessEdit, *, had_one: bool) -> None:
    """Refuse a change that leaves the tenant without anybody who could undo it.

    Raises:
        AccessRefused: `last_superuser`.
    """
    if had_one and not edit.has_superuser():
        raise AccessRefused("last_superuser", "Somebody must keep the role admin.")
