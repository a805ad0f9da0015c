"""Who has what: roles and grants of accounts, and groups with their members (I5 to I7, I11)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from authwell.identity.access.roles import editing, ids_of
from authwell.identity.access.rules import (
    AccessRefused,
    Giver,
    missing,
    require_covers,
    require_covers_role,
    require_may_manage,
    require_superuser_left,
)
from authwell.protocol.access import Held, Permission
from authwell.protocol.events import EventType
from authwell.storage.access.edit import AccessEdit
from authwell.storage.access.pages import page_of_groups
from authwell.storage.access.reading import (
    find_grant,
    grants_of,
    list_groups,
    list_permissions,
    list_roles,
)
from authwell.storage.access.records import GrantRecord, GroupRecord
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Database
from authwell.storage.pages import Found, Wanted
from authwell.storage.people.accounts import find_account


class Holders:
    """What accounts hold, as administrators give and take it."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def grants(self, tenant_id: str, account_id: str) -> tuple[GrantRecord, ...]:
        """The grants of an account."""
        return grants_of(self._database, tenant_id, account_id)

    def grant(
        self, giver: Giver, account_id: str, wanted: Permission, resource_id: str | None
    ) -> GrantRecord:
        """Give an account a permission for a resource, or for all of its type."""
        with editing(self._database, giver) as edit:
            if find_account(edit.transaction, edit.tenant_id, account_id) is None:
                raise missing("account")
            known = {one.name: one for one in list_permissions(edit.transaction, edit.tenant_id)}
            if str(wanted) not in known:
                raise AccessRefused("invalid", f"action: there is no permission {wanted}.")
            require_covers(giver.held_in(edit), _as_held(wanted, resource_id))
            made = edit.add_grant(account_id, known[str(wanted)], resource_id)
            data = {"permission": str(wanted), "resource": resource_id, "grant": made.id}
            edit.record(giver.event(EventType.RESOURCE_GRANT_CREATED, data, account_id))
            return made

    def revoke(self, giver: Giver, grant_id: str) -> None:
        """Take a grant away."""
        with editing(self._database, giver) as edit:
            found = find_grant(edit.transaction, edit.tenant_id, grant_id)
            if found is None:
                raise missing("grant")
            wanted = Permission(found.resource_type, found.action)
            require_covers(giver.held_in(edit), _as_held(wanted, found.resource_id))
            edit.delete_grant(grant_id)
            data = {"permission": str(wanted), "resource": found.resource_id, "grant": grant_id}
            edit.record(giver.event(EventType.RESOURCE_GRANT_DELETED, data, found.account_id))


class Groups:
    """Groups of a tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def list(self, tenant_id: str) -> tuple[GroupRecord, ...]:
        """All groups by name."""
        return list_groups(self._database, tenant_id)

    def page(self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        """See `page_of_groups`."""
        return page_of_groups(self._database, tenant_id, wanted, filters)

    def get(self, tenant_id: str, group_id: str) -> GroupRecord:
        """One group."""
        return _group(self.list(tenant_id), group_id)

    def create(self, giver: Giver, name: str, members: Mapping[str, Any]) -> GroupRecord:
        """A new group."""
        with editing(self._database, giver) as edit:
            made = edit.add_group(name, members.get("description", ""))
            self._write(edit, giver, made, members)
            edit.record(giver.event(EventType.GROUP_CREATED, {"group": name}))
            return _group(list_groups(edit.transaction, edit.tenant_id), made.id)

    def change(
        self,
        giver: Giver,
        group_id: str,
        members: Mapping[str, Any],
        seen: Callable[[GroupRecord], None] = lambda _record: None,
    ) -> GroupRecord:
        """Write some members over a group: `description` and `roles`.

        Args:
            giver: who changes it.
            group_id: which.
            members: what is given of it.
            seen: refuses what is no longer as the caller saw it.
        """
        with editing(self._database, giver) as edit:
            group = self._own(edit, giver, group_id)
            seen(group)
            had_one = edit.has_superuser()
            self._write(edit, giver, group, members)
            require_superuser_left(edit, had_one=had_one)
            data = {"group": group.name, "members": sorted(members)}
            edit.record(giver.event(EventType.GROUP_UPDATED, data))
            return _group(list_groups(edit.transaction, edit.tenant_id), group_id)

    def delete(
        self,
        giver: Giver,
        group_id: str,
        seen: Callable[[GroupRecord], None] = lambda _record: None,
    ) -> None:
        """Delete a group; its members lose what came with it. `seen` as `change` takes it."""
        with editing(self._database, giver) as edit:
            group = self._own(edit, giver, group_id)
            seen(group)
            had_one = edit.has_superuser()
            edit.delete_group(group_id)
            require_superuser_left(edit, had_one=had_one)
            edit.record(giver.event(EventType.GROUP_DELETED, {"group": group.name}))

    def add_member(self, giver: Giver, group_id: str, account_id: str) -> None:
        """Let an account belong to a group; twice is as good as once."""
        with editing(self._database, giver) as edit:
            group = self._own(edit, giver, group_id)
            if find_account(edit.transaction, edit.tenant_id, account_id) is None:
                raise missing("account")
            if edit.add_member(group_id, account_id):
                data = {"group": group.name}
                edit.record(giver.event(EventType.GROUP_MEMBER_ADDED, data, account_id))

    def remove_member(self, giver: Giver, group_id: str, account_id: str) -> None:
        """Let an account belong no longer: if roles came with it, its sessions end (SE-08)."""
        with editing(self._database, giver) as edit:
            group = self._own(edit, giver, group_id)
            require_may_manage(edit, giver, account_id)
            people = PeopleEdit(edit.transaction, edit.tenant_id, edit.now)
            people.lock(account_id)
            had_one = edit.has_superuser()
            if not edit.remove_member(group_id, account_id):
                raise missing("member")
            require_superuser_left(edit, had_one=had_one)
            if group.roles:
                people.change(account_id, {"not_before": edit.now})
                people.end_sessions(account_id)
            data = {"group": group.name}
            edit.record(giver.event(EventType.GROUP_MEMBER_REMOVED, data, account_id))

    def _own(self, edit: AccessEdit, giver: Giver, group_id: str) -> GroupRecord:
        """A group whose roles the giver holds."""
        group = _group(list_groups(edit.transaction, edit.tenant_id), group_id)
        held = giver.held_in(edit)
        for name in group.roles:
            require_covers_role(edit, held, name)
        return group

    def _write(
        self, edit: AccessEdit, giver: Giver, group: GroupRecord, members: Mapping[str, Any]
    ) -> None:
        if "description" in members:
            edit.describe_group(group.id, members["description"])
        if "roles" in members:
            known = {one.name: one.id for one in list_roles(edit.transaction, edit.tenant_id)}
            held = giver.held_in(edit)
            chosen = ids_of(known, members["roles"], "roles")
            for name in members["roles"]:
                require_covers_role(edit, held, name)
            edit.set_group_roles(group.id, chosen)


def _as_held(wanted: Permission, resource_id: str | None) -> Held:
    if resource_id is None:
        return Held(permissions=frozenset({str(wanted)}))
    return Held(grants=frozenset({(str(wanted), resource_id)}))


def _group(found: Collection[GroupRecord], group_id: str) -> GroupRecord:
    for record in found:
        if record.id == group_id:
            return record
    raise missing("group")
