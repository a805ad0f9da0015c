"""Pages of roles, permissions, resource types and groups by name."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Column, ColumnElement, String, Table, bindparam, func, select

from authwell.models.base import Json
from authwell.models.groups import group_roles, groups
from authwell.models.roles import permissions, resource_types, role_parents, role_permissions, roles
from authwell.storage.access import statements as sql
from authwell.storage.access.elements import JsonTexts
from authwell.storage.access.records import GroupRecord, PermissionRecord, RoleRecord, TypeRecord
from authwell.storage.database import Database
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement

Filters = Mapping[str, Any]

_PREFIX: Any = bindparam("q", type_=String())
_UNSHOWN = frozenset({"tenant_id", "permissions"})


def _pages(table: Table, *key: str) -> Pages:
    """A tenant's rows in the order of their unique names."""
    columns = (column for column in table.columns if column.name not in _UNSHOWN)
    return Pages(
        select(*columns).where(table.c.tenant_id == bindparam("tenant_id")),
        {"name": tuple(table.c[name] for name in key)},
        {
            "q": func.substr(table.c[key[0]], 1, func.length(_PREFIX)) == _PREFIX,
            "resource_type": permissions.c.resource_type == bindparam("resource_type"),
        },
    )


def _is_of_page(owner: Column[str]) -> ColumnElement[bool]:
    listed = JsonTexts(bindparam("ids", type_=Json)).table_valued("value")
    return owner.in_(select(listed.c.value))


ROLES = _pages(roles, "name")
PERMISSIONS = _pages(permissions, "resource_type", "action")
TYPES = _pages(resource_types, "name")
GROUPS = _pages(groups, "name")
PERMISSIONS_OF_PAGE = Statement(
    sql.SELECT_PERMISSIONS_OF_ROLES.where(_is_of_page(role_permissions.c.role_id))
)
PARENTS_OF_PAGE = Statement(sql.SELECT_PARENTS_OF_ROLES.where(_is_of_page(role_parents.c.role_id)))
ROLES_OF_PAGE = Statement(sql.SELECT_ROLES_OF_GROUPS.where(_is_of_page(group_roles.c.group_id)))


def page_of_roles(database: Database, tenant_id: str, wanted: Wanted, filters: Filters) -> Found:
    """A page of `RoleRecord`s by `name`; filter: `q`, how the name begins."""
    found = ROLES.read(database, wanted, {"tenant_id": tenant_id}, filters)
    held = _by_owner(database, PERMISSIONS_OF_PAGE, tenant_id, found)
    parents = _by_owner(database, PARENTS_OF_PAGE, tenant_id, found)
    return _as(
        found,
        lambda row: RoleRecord(
            **row._asdict(), permissions=tuple(held[row.id]), parents=tuple(parents[row.id])
        ),
    )


def page_of_permissions(
    database: Database, tenant_id: str, wanted: Wanted, filters: Filters
) -> Found:
    """A page of `PermissionRecord`s by `name`; filter: `resource_type`."""
    found = PERMISSIONS.read(database, wanted, {"tenant_id": tenant_id}, filters)
    return _as(found, lambda row: PermissionRecord(**row._asdict()))


def page_of_types(database: Database, tenant_id: str, wanted: Wanted, filters: Filters) -> Found:
    """A page of `TypeRecord`s by `name`; filter: `q`, how the name begins."""
    found = TYPES.read(database, wanted, {"tenant_id": tenant_id}, filters)
    return _as(found, lambda row: TypeRecord(**row._asdict()))


def page_of_groups(database: Database, tenant_id: str, wanted: Wanted, filters: Filters) -> Found:
    """A page of `GroupRecord`s by `name`; filter: `q`, how the name begins."""
    found = GROUPS.read(database, wanted, {"tenant_id": tenant_id}, filters)
    given = _by_owner(database, ROLES_OF_PAGE, tenant_id, found)
    return _as(found, lambda row: GroupRecord(**row._asdict(), roles=tuple(given[row.id])))


def _as(found: Found, read: Callable[[Row], Any]) -> Found:
    return replace(found, rows=tuple(read(row) for row in found.rows))


def _by_owner(
    database: Database, statement: Statement, tenant_id: str, found: Found
) -> dict[str, list[str]]:
    names: dict[str, list[str]] = defaultdict(list)
    key = {"tenant_id": tenant_id, "ids": [row.id for row in found.rows]}
    for row in database.all(statement, key):
        names[row.owner_id].append(row.name)
    return names
