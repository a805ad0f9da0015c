"""Roles, and the permissions and resource types that they are made of (REQUIREMENTS.md I1 to I4)."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from authwell.identity.access.rules import (
    AccessRefused,
    Giver,
    missing,
    require_covers,
    require_covers_role,
    require_superuser_left,
)
from authwell.protocol.access import Held, Permission
from authwell.protocol.events import EventType
from authwell.storage.access.edit import AccessEdit, edit_access
from authwell.storage.access.pages import page_of_permissions, page_of_roles, page_of_types
from authwell.storage.access.reading import list_permissions, list_roles, list_types
from authwell.storage.access.records import PermissionRecord, RoleRecord, TypeRecord
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.pages import Found, Wanted

R = TypeVar("R", RoleRecord, PermissionRecord, TypeRecord)


def one_of(found: Collection[R], thing_id: str, what: str) -> R:
    """The record with that id.

    Raises:
        AccessRefused: `not_found`.
    """
    for record in found:
        if record.id == thing_id:
            return record
    raise missing(what)


@contextmanager
def editing(database: Database, giver: Giver) -> Iterator[AccessEdit]:
    """One change; what this process knew of the tenant is read anew after it.

    Raises:
        AccessRefused: it breaks a constraint.
    """
    server = giver.server
    try:
        with edit_access(database, server.tenant.id, server.now) as edit:
            yield edit
    except Conflict as error:
        text = "There is one already, or somebody still has it: take it away first."
        raise AccessRefused("conflict", text) from error
    server.store.access.forget(server.tenant.id)


class Roles:
    """Roles of a tenant, as its administrators make them."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def list(self, tenant_id: str) -> tuple[RoleRecord, ...]:
        """All roles by name."""
        return list_roles(self._database, tenant_id)

    def page(self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        """See `page_of_roles`."""
        return page_of_roles(self._database, tenant_id, wanted, filters)

    def get(self, tenant_id: str, role_id: str) -> RoleRecord:
        """One role."""
        return one_of(self.list(tenant_id), role_id, "role")

    def create(self, giver: Giver, name: str, members: Mapping[str, Any]) -> RoleRecord:
        """A new role.

        Raises:
            AccessRefused: it would hold more than the giver, or there is one of that name.
        """
        with editing(self._database, giver) as edit:
            made = edit.add_role(name, members.get("description", ""))
            self._write(edit, made, members)
            require_covers_role(edit, giver.held_in(edit), name)
            edit.record(giver.event(EventType.ROLE_CREATED, {"role": name}))
            return one_of(list_roles(edit.transaction, edit.tenant_id), made.id, "role")

    def change(
        self,
        giver: Giver,
        role_id: str,
        members: Mapping[str, Any],
        seen: Callable[[RoleRecord], None] = lambda _record: None,
    ) -> RoleRecord:
        """Write some members over a role.

        Args:
            giver: who changes it.
            role_id: which.
            members: of `description`, `permissions` and `parents`.
            seen: refuses what is no longer as the caller saw it.

        Raises:
            AccessRefused: it holds, or would hold, more than the giver; or it is built in.
        """
        with editing(self._database, giver) as edit:
            role = self._own(edit, giver, role_id)
            seen(role)
            had_one = edit.has_superuser()
            self._write(edit, role, members)
            require_covers_role(edit, giver.held_in(edit), role.name)
            require_superuser_left(edit, had_one=had_one)
            data = {"role": role.name, "members": sorted(members)}
            edit.record(giver.event(EventType.ROLE_UPDATED, data))
            return one_of(list_roles(edit.transaction, edit.tenant_id), role_id, "role")

    def delete(
        self,
        giver: Giver,
        role_id: str,
        seen: Callable[[RoleRecord], None] = lambda _record: None,
    ) -> None:
        """Delete a role that nobody has; `seen` as `change` takes it.

        Raises:
            AccessRefused: somebody has it, it holds more than the giver, or it is built in.
        """
        with editing(self._database, giver) as edit:
            role = self._own(edit, giver, role_id)
            seen(role)
            edit.delete_role(role_id)
            edit.record(giver.event(EventType.ROLE_DELETED, {"role": role.name}))

    def set_permission(
        self, giver: Giver, role_id: str, permission_id: str, *, has: bool
    ) -> RoleRecord:
        """Give one permission to a role, or take it (I2)."""
        tenant_id = giver.server.tenant.id
        role = self.get(tenant_id, role_id)
        wanted = one_of(list_permissions(self._database, tenant_id), permission_id, "permission")
        names = set(role.permissions) - {wanted.name} | ({wanted.name} if has else set[str]())
        return self.change(giver, role_id, {"permissions": sorted(names)})

    def _own(self, edit: AccessEdit, giver: Giver, role_id: str) -> RoleRecord:
        """A role that the giver may change."""
        role = one_of(list_roles(edit.transaction, edit.tenant_id), role_id, "role")
        held = giver.held_in(edit)
        if role.built_in:
            raise AccessRefused("forbidden", "Built-in roles are what they are.")
        if role.name in held.roles and not held.is_superuser:
            raise AccessRefused("forbidden", "Nobody changes a role of their own.")
        require_covers_role(edit, held, role.name)
        return role

    def _write(self, edit: AccessEdit, role: RoleRecord, members: Mapping[str, Any]) -> None:
        source, tenant_id = edit.transaction, edit.tenant_id
        if "description" in members:
            edit.describe_role(role.id, members["description"])
        if "permissions" in members:
            known = {one.name: one.id for one in list_permissions(source, tenant_id)}
            edit.set_permissions(role.id, ids_of(known, members["permissions"], "permissions"))
        if "parents" in members:
            roles = {one.name: one for one in list_roles(source, tenant_id)}
            known = {name: one.id for name, one in roles.items()}
            _require_no_circle(role.name, members["parents"], roles)
            edit.set_parents(role.id, ids_of(known, members["parents"], "parents"))


def ids_of(known: Mapping[str, str], names: Collection[str], member: str) -> list[str]:
    """The ids of names.

    Raises:
        AccessRefused: one of them is nobody's.
    """
    unknown = sorted(set(names) - known.keys())
    if unknown:
        raise AccessRefused("invalid", f"{member}: there is no {unknown[0]}.")
    return [known[name] for name in names]


def _require_no_circle(
    name: str, parents: Collection[str], roles: Mapping[str, RoleRecord]
) -> None:
    seen, waiting = set[str](), list(parents)
    while waiting:
        current = waiting.pop()
        if current == name:
            raise AccessRefused("invalid", "parents: a role cannot inherit from itself.")
        if current not in seen and current in roles:
            seen.add(current)
            waiting.extend(roles[current].parents)


class Permissions:
    """Permissions and resource types of a tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def list(self, tenant_id: str) -> tuple[PermissionRecord, ...]:
        """All permissions by name."""
        return list_permissions(self._database, tenant_id)

    def page(self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        """See `page_of_permissions`."""
        return page_of_permissions(self._database, tenant_id, wanted, filters)

    def page_of_types(self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        """See `page_of_types` of the storage."""
        return page_of_types(self._database, tenant_id, wanted, filters)

    def types(self, tenant_id: str) -> tuple[TypeRecord, ...]:
        """All resource types by name."""
        return list_types(self._database, tenant_id)

    def create(self, giver: Giver, wanted: Permission, description: str) -> PermissionRecord:
        """A new permission of a resource type that there is."""
        known = {record.name for record in self.types(giver.server.tenant.id)}
        if wanted.resource_type not in known:
            raise AccessRefused("invalid", "resource_type: there is no such resource type.")
        with editing(self._database, giver) as edit:
            made = edit.add_permission(wanted, description)
            edit.record(giver.event(EventType.PERMISSION_CREATED, {"permission": made.name}))
            return made

    def get(self, tenant_id: str, permission_id: str) -> PermissionRecord:
        """One permission."""
        return one_of(self.list(tenant_id), permission_id, "permission")

    def describe(
        self,
        giver: Giver,
        permission_id: str,
        description: str,
        seen: Callable[[PermissionRecord], None] = lambda _record: None,
    ) -> PermissionRecord:
        """Say something else of a permission; `seen` as `Roles.change` takes it."""
        with editing(self._database, giver) as edit:
            record = self._own(edit, permission_id)
            seen(record)
            edit.describe_permission(permission_id, description)
            edit.record(giver.event(EventType.PERMISSION_UPDATED, {"permission": record.name}))
            found = list_permissions(edit.transaction, edit.tenant_id)
            return one_of(found, permission_id, "permission")

    def delete(
        self,
        giver: Giver,
        permission_id: str,
        seen: Callable[[PermissionRecord], None] = lambda _record: None,
    ) -> None:
        """Delete a permission; roles lose it."""
        with editing(self._database, giver) as edit:
            record = self._own(edit, permission_id)
            seen(record)
            require_covers(giver.held_in(edit), Held(permissions=frozenset({record.name})))
            edit.delete_permission(permission_id)
            edit.record(giver.event(EventType.PERMISSION_DELETED, {"permission": record.name}))

    def create_type(self, giver: Giver, name: str, description: str) -> TypeRecord:
        """A new resource type with the usual permissions."""
        with editing(self._database, giver) as edit:
            made = edit.add_type(name, description)
            edit.record(giver.event(EventType.RESOURCE_TYPE_CREATED, {"resource_type": name}))
            return made

    def get_type(self, tenant_id: str, type_id: str) -> TypeRecord:
        """One resource type."""
        return one_of(self.types(tenant_id), type_id, "resource type")

    def describe_type(
        self,
        giver: Giver,
        type_id: str,
        description: str,
        seen: Callable[[TypeRecord], None] = lambda _record: None,
    ) -> TypeRecord:
        """Say something else of a resource type; `seen` as `Roles.change` takes it."""
        with editing(self._database, giver) as edit:
            record = self._own_type(edit, type_id)
            seen(record)
            edit.describe_type(type_id, description)
            data = {"resource_type": record.name}
            edit.record(giver.event(EventType.RESOURCE_TYPE_UPDATED, data))
            found = list_types(edit.transaction, edit.tenant_id)
            return one_of(found, type_id, "resource type")

    def delete_type(
        self,
        giver: Giver,
        type_id: str,
        seen: Callable[[TypeRecord], None] = lambda _record: None,
    ) -> None:
        """Delete a resource type with its permissions."""
        with editing(self._database, giver) as edit:
            record = self._own_type(edit, type_id)
            seen(record)
            wanted = frozenset({f"{record.name}:manage"})
            require_covers(giver.held_in(edit), Held(permissions=wanted))
            edit.delete_type(type_id)
            data = {"resource_type": record.name}
            edit.record(giver.event(EventType.RESOURCE_TYPE_DELETED, data))

    def _own(self, edit: AccessEdit, permission_id: str) -> PermissionRecord:
        found = list_permissions(edit.transaction, edit.tenant_id)
        record = one_of(found, permission_id, "permission")
        if record.built_in:
            raise AccessRefused("forbidden", "Built-in permissions are what they are.")
        return record

    def _own_type(self, edit: AccessEdit, type_id: str) -> TypeRecord:
        record = one_of(list_types(edit.transaction, edit.tenant_id), type_id, "resource type")
        if record.built_in:
            raise AccessRefused("forbidden", "Built-in resource types are what they are.")
        return record
