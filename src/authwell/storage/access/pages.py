"""Pages of roles, permissions, resource types and groups by name."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Column, Select, String, bindparam, func

from authwell.models.groups import groups
from authwell.models.roles import permissions, resource_types, roles
from authwell.storage.access import statements as sql
from authwell.storage.access.reading import read_group, read_role
from authwell.storage.access.records import PermissionRecord, TypeRecord
from authwell.storage.database import Database
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row

Filters = Mapping[str, Any]

_PREFIX: Any = bindparam("q", type_=String())


def _pages(core: Select[Any], *key: Column[str]) -> Pages:
    """A tenant's rows in the order of their unique names."""
    return Pages(
        core,
        {"name": key},
        {
            "q": func.substr(key[0], 1, func.length(_PREFIX)) == _PREFIX,
            "resource_type": permissions.c.resource_type == bindparam("resource_type"),
        },
    )


ROLES = _pages(sql.ROLES, roles.c.name)
PERMISSIONS = _pages(sql.PERMISSIONS, permissions.c.resource_type, permissions.c.action)
TYPES = _pages(sql.TYPES, resource_types.c.name)
GROUPS = _pages(sql.GROUPS, groups.c.name)


def page_of_roles(database: Database, tenant_id: str, wanted: Wanted, filters: Filters) -> Found:
    """A page of `RoleRecord`s by `name`; filter: `q`, how the name begins."""
    return _as(read_role, ROLES.read(database, wanted, {"tenant_id": tenant_id}, filters))


def page_of_permissions(
    database: Database, tenant_id: str, wanted: Wanted, filters: Filters
) -> Found:
    """A page of `PermissionRecord`s by `name`; filter: `resource_type`."""
    found = PERMISSIONS.read(database, wanted, {"tenant_id": tenant_id}, filters)
    return _as(lambda row: PermissionRecord(**row._asdict()), found)


def page_of_types(database: Database, tenant_id: str, wanted: Wanted, filters: Filters) -> Found:
    """A page of `TypeRecord`s by `name`; filter: `q`, how the name begins."""
    found = TYPES.read(database, wanted, {"tenant_id": tenant_id}, filters)
    return _as(lambda row: TypeRecord(**row._asdict()), found)


def page_of_groups(database: Database, tenant_id: str, wanted: Wanted, filters: Filters) -> Found:
    """A page of `GroupRecord`s by `name`; filter: `q`, how the name begins."""
    return _as(read_group, GROUPS.read(database, wanted, {"tenant_id": tenant_id}, filters))


def _as(read: Callable[[Row], Any], found: Found) -> Found:
    return replace(found, rows=tuple(map(read, found.rows)))
