"""Reading what a tenant has of roles, permissions, resource types and groups."""

from collections.abc import Mapping

from authwell.protocol.access import Held
from authwell.storage.access import statements as sql
from authwell.storage.access.records import (
    GrantRecord,
    GroupRecord,
    PermissionRecord,
    RoleRecord,
    TypeRecord,
)
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

Source = Database | Transaction


def list_types(source: Source, tenant_id: str) -> tuple[TypeRecord, ...]:
    """The resource types by name."""
    return tuple(TypeRecord(**row._asdict()) for row in _all(source, sql.LIST_TYPES, tenant_id))


def list_permissions(source: Source, tenant_id: str) -> tuple[PermissionRecord, ...]:
    """The permissions by name."""
    rows = _all(source, sql.LIST_PERMISSIONS, tenant_id)
    return tuple(PermissionRecord(**row._asdict()) for row in rows)


def list_roles(source: Source, tenant_id: str) -> tuple[RoleRecord, ...]:
    """The roles by name."""
    return tuple(map(read_role, _all(source, sql.LIST_ROLES, tenant_id)))


def held_by_roles(source: Source, tenant_id: str) -> dict[str, Held]:
    """All that comes with each role, by inheritance too."""
    roles = {role.name: role for role in list_roles(source, tenant_id)}
    return {name: _held_by(roles, name) for name in roles}


def list_groups(source: Source, tenant_id: str) -> tuple[GroupRecord, ...]:
    """The groups by name."""
    return tuple(map(read_group, _all(source, sql.LIST_GROUPS, tenant_id)))


def read_role(row: Row) -> RoleRecord:
    """The row of a role as a value."""
    names = {name: tuple(sorted(getattr(row, name))) for name in ("permissions", "parents")}
    return RoleRecord(**{**row._asdict(), **names})


def read_group(row: Row) -> GroupRecord:
    """The row of a group as a value."""
    return GroupRecord(**{**row._asdict(), "roles": tuple(sorted(row.roles))})


def grants_of(source: Source, tenant_id: str, account_id: str) -> tuple[GrantRecord, ...]:
    """The grants of an account, the oldest first."""
    key = {"tenant_id": tenant_id, "account_id": searchable(account_id)}
    rows = source.all(sql.GRANTS_OF_ACCOUNT, key)
    return tuple(GrantRecord(**row._asdict()) for row in rows)


def find_grant(source: Source, tenant_id: str, grant_id: str) -> GrantRecord | None:
    """One grant."""
    row = source.one(sql.FIND_GRANT, {"tenant_id": tenant_id, "id": searchable(grant_id)})
    return None if row is None else GrantRecord(**row._asdict())


def _held_by(roles: Mapping[str, RoleRecord], name: str) -> Held:
    names, waiting = set[str](), [name]
    while waiting:
        current = waiting.pop()
        if current not in names:
            names.add(current)
            waiting.extend(roles[current].parents)
    permissions = frozenset(each for one in names for each in roles[one].permissions)
    return Held(roles=frozenset(names), permissions=permissions)


def _all(source: Source, statement: Statement, tenant_id: str) -> list[Row]:
    return source.all(statement, {"tenant_id": tenant_id})
