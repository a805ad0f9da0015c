"""What a file declares of access control, written by names: what they speak of is made if missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authwell.protocol.access import Permission
from authwell.storage.access.edit import AccessEdit
from authwell.storage.access.members import NamedGrant, account_named, members_of_groups
from authwell.storage.access.reading import list_groups, list_permissions, list_roles, list_types
from authwell.storage.access.records import GrantRecord, PermissionRecord
from authwell.storage.errors import Conflict


@dataclass(frozen=True, slots=True)
class Joined:
    """Ids of the accounts that a change of a group lets in, and of those that it puts out."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class DeclaredAccess:
    """Changes by name, within one edit; members that are left out stay as they are."""

    def __init__(self, edit: AccessEdit) -> None:
        """Work on an edit."""
        self.edit = edit

    def put_type(self, name: str, values: Mapping[str, Any]) -> None:
        """Let a resource type be as declared."""
        known = self._ids(list_types)
        if name not in known:
            self.edit.add_type(name, values["description"])
        else:
            self.edit.describe_type(known[name], values["description"])

    def put_permission(self, name: str, values: Mapping[str, Any]) -> None:
        """Let a permission be as declared."""
        (permission,) = self._permissions([name])
        self.edit.describe_permission(permission.id, values["description"])

    def put_role(self, name: str, values: Mapping[str, Any]) -> None:
        """Let a role be as declared; its parents are there."""
        role_id = self._ids(list_roles).get(name) or self.edit.add_role(name, "").id
        if "description" in values:
            self.edit.describe_role(role_id, values["description"])
        if "permissions" in values:
            chosen = [permission.id for permission in self._permissions(values["permissions"])]
            self.edit.set_permissions(role_id, chosen)

    def put_parents(self, name: str, parents: Iterable[str]) -> None:
        """Let a role that is there have these parents."""
        known = self._ids(list_roles)
        self.edit.set_parents(known[name], _chosen(known, parents))

    def put_group(self, name: str, values: Mapping[str, Any]) -> Joined:
        """Let a group be as declared."""
        group_id = self._ids(list_groups).get(name) or self.edit.add_group(name, "").id
        if "description" in values:
            self.edit.describe_group(group_id, values["description"])
        if "roles" in values:
            chosen = _chosen(self._ids(list_roles), values["roles"])
            self.edit.set_group_roles(group_id, chosen)
        return self._set_members(group_id, values["members"]) if "members" in values else Joined()

    def put_grant(self, grant: NamedGrant) -> GrantRecord:
        """Give an account a permission.

        Raises:
            Conflict: it has it, or it is gone.
        """
        (permission,) = self._permissions([grant.permission])
        return self.edit.add_grant(self._account(grant.account), permission, grant.resource_id)

    def delete_permission(self, name: str) -> None:
        """Delete a permission; roles lose it."""
        self.edit.delete_permission(self._ids(list_permissions)[name])

    def delete_role(self, name: str) -> None:
        """Delete a role.

        Raises:
            Conflict: somebody has it.
        """
        self.edit.delete_role(self._ids(list_roles)[name])

    def delete_group(self, name: str) -> None:
        """Delete a group."""
        self.edit.delete_group(self._ids(list_groups)[name])

    def _set_members(self, group_id: str, names: Iterable[str]) -> Joined:
        transaction, tenant_id = self.edit.transaction, self.edit.tenant_id
        present = members_of_groups(transaction, tenant_id).get(group_id, {})
        added = [self._account(name) for name in sorted(set(names) - present.keys())]
        removed = [present[name] for name in sorted(present.keys() - set(names))]
        for account_id in added:
            self.edit.add_member(group_id, account_id)
        for account_id in removed:
            self.edit.remove_member(group_id, account_id)
        return Joined(tuple(added), tuple(removed))

    def _account(self, name: str) -> str:
        found = account_named(self.edit.transaction, self.edit.tenant_id, name)
        if found is None:
            raise Conflict("an account")
        return found

    def _permissions(self, names: Iterable[str]) -> list[PermissionRecord]:
        source, tenant_id = self.edit.transaction, self.edit.tenant_id
        wanted = [Permission(*name.split(":", 1)) for name in names]
        types = {record.name for record in list_types(source, tenant_id)}
        for new in {permission.resource_type for permission in wanted} - types:
            self.edit.add_type(new, "")
        known = {record.name: record for record in list_permissions(source, tenant_id)}
        for permission in wanted:
            if str(permission) not in known:
                known[str(permission)] = self.edit.add_permission(permission, "")
        return [known[str(permission)] for permission in wanted]

    def _ids(self, listed: Any) -> dict[str, str]:
        found = listed(self.edit.transaction, self.edit.tenant_id)
        return {record.name: record.id for record in found}


def _chosen(known: Mapping[str, str], names: Iterable[str]) -> list[str]:
    missing = set(names) - known.keys()
    if missing:
        raise Conflict("a role")
    return [known[name] for name in names]
