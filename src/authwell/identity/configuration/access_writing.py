"""Writing planned changes of access control; somebody keeps the role `admin` (THREATS.md TN-14)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from authwell.identity.configuration.changes import Change, Kind
from authwell.protocol.events import EventType
from authwell.storage.access.declared import DeclaredAccess, Joined
from authwell.storage.configuration.administration import Administration
from authwell.storage.people.superusers import keeping_a_superuser

ACCESS: Final[frozenset[Kind]] = frozenset({"resource_type", "permission", "role", "group"})

Told = tuple[EventType, str]
"""An event beside that of the change, and the account that it is about."""


def write_access(desk: Administration, change: Change) -> list[Told]:
    """Write one change of a resource type, permission, role or group.

    Raises:
        LastSuperuser: nobody would be left who may do everything.
    """
    edit = desk.access.edit
    with keeping_a_superuser(edit.transaction, edit.tenant_id):
        if change.action == "delete":
            _DELETERS[change.kind](desk.access, change.key)
            return []
        if change.kind == "group":
            return _put_group(desk, change)
        _WRITERS[change.kind](desk.access, change.key, change.values)
        return []


def link_parents(desk: Administration, changes: Iterable[Change]) -> None:
    """Let roles inherit as planned, once all of them are there."""
    for change in changes:
        if change.kind == "role" and "parents" in change.values:
            edit = desk.access.edit
            with keeping_a_superuser(edit.transaction, edit.tenant_id):
                desk.access.put_parents(change.key, change.values["parents"])


def _put_group(desk: Administration, change: Change) -> list[Told]:
    joined: Joined = desk.access.put_group(change.key, change.values)
    if change.before.get("roles"):
        for account_id in joined.removed:
            # Who loses a role loses all sessions and tokens with it (THREATS.md SE-08).
            desk.people.change(account_id, {"not_before": desk.access.edit.now})
            desk.people.end_sessions(account_id)
    return [
        *((EventType.GROUP_MEMBER_ADDED, account_id) for account_id in joined.added),
        *((EventType.GROUP_MEMBER_REMOVED, account_id) for account_id in joined.removed),
    ]


_WRITERS: Final[Mapping[str, Callable[[DeclaredAccess, str, Mapping[str, Any]], None]]] = {
    "resource_type": DeclaredAccess.put_type,
    "permission": DeclaredAccess.put_permission,
    "role": DeclaredAccess.put_role,
}
_DELETERS: Final[Mapping[str, Callable[[DeclaredAccess, str], None]]] = {
    "permission": DeclaredAccess.delete_permission,
    "role": DeclaredAccess.delete_role,
    "group": DeclaredAccess.delete_group,
}
