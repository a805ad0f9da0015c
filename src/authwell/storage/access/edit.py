"""Changes of who may do what, all or none.

Edits of one tenant take turns at its access stamp, so what one of them has read stays true until
it ends, and every process learns of it within a second.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from authwell.protocol.access import ACTIONS, MANAGE, Permission
from authwell.protocol.model import Event
from authwell.storage.access import statements as sql
from authwell.storage.access.records import (
    GrantRecord,
    GroupRecord,
    PermissionRecord,
    RoleRecord,
    TypeRecord,
)
from authwell.storage.audit.events import add_event
from authwell.storage.database import Database, Transaction
from authwell.storage.errors import Conflict
from authwell.storage.people.superusers import has_superuser, take_turns
from authwell.storage.statements import Statement
from authwell.utils.randomness import new_id


class AccessEdit:
    """Changes within one transaction."""

    def __init__(self, transaction: Transaction, tenant_id: str, now: datetime) -> None:
        """Take the tenant's turn."""
        self.transaction = transaction
        self.tenant_id = tenant_id
        self.now = now
        transaction.all(sql.BUMP, {"tenant_id": tenant_id})

    def add_type(self, name: str, description: str, *, built_in: bool = False) -> TypeRecord:
        """A new resource type with its usual permissions; the role `admin` may manage it.

        Raises:
            Conflict: there is one of that name.
        """
        record = TypeRecord(new_id(self.now), name, description, built_in, self.now, self.now)
        self._add(sql.ADD_TYPE, _values(record))
        for action in ACTIONS:
            made = self.add_permission(Permission(name, action), "", built_in=built_in)
            if action == MANAGE:
                self._run(sql.GIVE_TO_ADMIN, {"permission_id": made.id})
        return record

    def describe_type(self, type_id: str, description: str) -> bool:
        """Say something else of it; False if it is gone."""
        return self._describe(sql.DESCRIBE_TYPE, type_id, description)

    def delete_type(self, type_id: str) -> bool:
        """Delete it with its permissions, which roles lose.

        Raises:
            Conflict: somebody has one of them as a grant.
        """
        self._run(sql.DELETE_PERMISSIONS_OF_TYPE, {"id": type_id})
        return self._run(sql.DELETE_TYPE, {"id": type_id})

    def add_permission(
        self, permission: Permission, description: str, *, built_in: bool = False
    ) -> PermissionRecord:
        """A new permission.

        Raises:
            Conflict: there is one, or no such resource type.
        """
        record = PermissionRecord(
            new_id(self.now), *permission, description, built_in, self.now, self.now
        )
        self._add(sql.ADD_PERMISSION, _values(record))
        return record

    def describe_permission(self, permission_id: str, description: str) -> bool:
        """Say something else of it; False if it is gone."""
        return self._describe(sql.DESCRIBE_PERMISSION, permission_id, description)

    def delete_permission(self, permission_id: str) -> bool:
        """Delete it; roles lose it.

        Raises:
            Conflict: somebody has it as a grant.
        """
        return self._run(sql.DELETE_PERMISSION, {"id": permission_id})

    def add_role(self, name: str, description: str, *, built_in: bool = False) -> RoleRecord:
        """A new role without permissions.

        Raises:
            Conflict: there is one of that name.
        """
        record = RoleRecord(new_id(self.now), name, description, built_in, self.now, self.now)
        values = {**_values(record), "new_permissions": []}
        del values["new_parents"]
        self._add(sql.ADD_ROLE, values)
        return record

    def describe_role(self, role_id: str, description: str) -> bool:
        """Say something else of it; False if it is gone."""
        return self._describe(sql.DESCRIBE_ROLE, role_id, description)

    def set_permissions(self, role_id: str, permission_ids: Collection[str]) -> None:
        """Let these be the permissions that the role has by itself."""
        self._link(sql.UNLINK_PERMISSIONS, sql.LINK_PERMISSIONS, role_id, permission_ids)

    def set_parents(self, role_id: str, parent_ids: Collection[str]) -> None:
        """Let these be the parents of the role."""
        self._link(sql.UNLINK_PARENTS, sql.LINK_PARENTS, role_id, parent_ids)

    def delete_role(self, role_id: str) -> bool:
        """Delete a role.

        Raises:
            Conflict: somebody has it, or it is the parent of another.
        """
        return self._run(sql.DELETE_ROLE, {"id": role_id})

    def add_group(self, name: str, description: str) -> GroupRecord:
        """A new group.

        Raises:
            Conflict: there is one of that name.
        """
        record = GroupRecord(new_id(self.now), name, description, self.now, self.now)
        values = _values(record)
        del values["new_roles"]
        self._add(sql.ADD_GROUP, values)
        return record

    def describe_group(self, group_id: str, description: str) -> bool:
        """Say something else of it; False if it is gone."""
        return self._describe(sql.DESCRIBE_GROUP, group_id, description)

    def set_group_roles(self, group_id: str, role_ids: Collection[str]) -> None:
        """Let these be the roles of who belongs to the group."""
        self._link(sql.UNLINK_GROUP_ROLES, sql.LINK_GROUP_ROLES, group_id, role_ids)

    def delete_group(self, group_id: str) -> bool:
        """Delete a group; its members lose what came with it."""
        return self._run(sql.DELETE_GROUP, {"id": group_id})

    def add_member(self, group_id: str, account_id: str) -> bool:
        """Let an account belong to a group; False if it does, or one of them does not exist."""
        key = {"group_id": group_id, "account_id": account_id, "now": self.now}
        return self._run(sql.ADD_MEMBER, key)

    def remove_member(self, group_id: str, account_id: str) -> bool:
        """Let it belong no longer; False if it does not."""
        return self._run(sql.REMOVE_MEMBER, {"group_id": group_id, "account_id": account_id})

    def add_grant(
        self, account_id: str, permission: PermissionRecord, resource_id: str | None
    ) -> GrantRecord:
        """Give an account a permission for a resource, or for all of its type.

        Raises:
            Conflict: it has that.
        """
        key = {"account_id": account_id, "permission_id": permission.id, "resource_id": resource_id}
        new = {"id": new_id(self.now), "created_at": self.now}
        self._add(sql.ADD_GRANT, {f"new_{name}": value for name, value in (key | new).items()})
        kind, action = permission.resource_type, permission.action
        return GrantRecord(new["id"], account_id, kind, action, resource_id, self.now)  # type: ignore[arg-type]

    def delete_grant(self, grant_id: str) -> bool:
        """Take it away; False if it is gone."""
        return self._run(sql.DELETE_GRANT, {"id": grant_id})

    def has_superuser(self) -> bool:
        """Whether an active account holds the role `admin`, as things stand in this edit.

        Changes of accounts that could take the last one away wait from here on.
        """
        take_turns(self.transaction, self.tenant_id)
        return has_superuser(self.transaction, self.tenant_id)

    def record(self, event: Event) -> None:
        """Add an audit event to the edit."""
        add_event(self.transaction, event)

    def _add(self, statement: Statement, values: Mapping[str, Any]) -> None:
        if not self._run(statement, {**values, "new_tenant_id": self.tenant_id}):
            raise Conflict("a name")

    def _describe(self, statement: Statement, thing_id: str, description: str) -> bool:
        return self._run(statement, {"id": thing_id, "description": description, "now": self.now})

    def _link(self, drop: Statement, add: Statement, owner_id: str, ids: Collection[str]) -> None:
        values = {"owner_id": owner_id, "ids": list(ids)}
        self._run(drop, values)
        self._run(add, values)

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> bool:
        return bool(self.transaction.all(statement, {"tenant_id": self.tenant_id, **values}))


@contextmanager
def edit_access(database: Database, tenant_id: str, now: datetime) -> Iterator[AccessEdit]:
    """Change who may do what in a tenant, in one transaction.

    Raises:
        Conflict: a change breaks a constraint; nothing was written.
    """
    with database.transaction() as transaction:
        yield AccessEdit(transaction, tenant_id, now)


def _values(record: object) -> dict[str, Any]:
    """The columns of a row, as parameters of a new one."""
    names = type(record).__dataclass_fields__  # type: ignore[attr-defined]
    return {f"new_{name}": getattr(record, name) for name in names}
