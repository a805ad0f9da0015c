"""What every tenant has from the start: resource types, their permissions, and three roles."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, literal_column, select

from authwell.models.accounts import accounts
from authwell.models.roles import roles
from authwell.protocol.access import (
    ADMIN,
    ADMINISTRATIVE_TYPES,
    SUBJECT_TYPES,
    read_permission,
)
from authwell.storage.access import statements as sql
from authwell.storage.access.assignment import assign_roles
from authwell.storage.access.declared import DeclaredAccess
from authwell.storage.access.edit import AccessEdit, edit_access
from authwell.storage.access.held import EVERYBODY
from authwell.storage.access.reading import list_permissions, list_roles, list_types
from authwell.storage.database import Database
from authwell.storage.statements import Statement

MODERATOR: Final = "moderator"
ROOT_SLUG: Final = "default"
"""The tenant from which all others are administered."""
TENANT: Final = "tenant"
"""The resource type that only the root tenant has: whoever may manage it manages all tenants."""

ROLES: Final[Mapping[str, str]] = {
    ADMIN: "May do everything in the tenant",
    MODERATOR: "Helps people with their accounts and sessions",
    EVERYBODY: "What everybody has",
}
BUILT_IN_ROLES: Final = frozenset(ROLES)
MODERATION: Final = (
    *("user:read", "user:update", "session:read", "session:delete"),
    "audit:read",
)

_TENANT_ID = bindparam("tenant_id", type_=roles.c.tenant_id.type)
FIND_BUILT_IN = Statement(
    select(roles.c.id).where(
        roles.c.tenant_id == _TENANT_ID,
        roles.c.name == literal_column(f"'{ADMIN}'"),
        roles.c.built_in,
    )
)
OLD_ROLES = Statement(
    select(roles.c.name, roles.c.permissions).where(
        roles.c.tenant_id == _TENANT_ID, roles.c.built_in.is_not(True)
    )
)
HOLDERS = Statement(
    select(accounts.c.id, accounts.c.roles).where(accounts.c.tenant_id == _TENANT_ID)
)


def ensure_built_ins(database: Database, tenant_id: str, now: datetime, *, is_root: bool) -> None:
    """Make what is missing in a tenant that an earlier version made."""
    if database.one(FIND_BUILT_IN, {"tenant_id": tenant_id}) is None:
        with edit_access(database, tenant_id, now) as edit:
            add_built_ins(edit, is_root=is_root)


def types_of(*, is_root: bool) -> tuple[str, ...]:
    """The built-in resource types of a tenant."""
    return tuple(
        sorted(
            name for name in ADMINISTRATIVE_TYPES.union(SUBJECT_TYPES) if is_root or name != TENANT
        )
    )


def add_built_ins(edit: AccessEdit, *, is_root: bool) -> None:
    """Make what is missing; nothing if the built-in roles are there already.

    Names of roles and permissions that an earlier version kept elsewhere become rows too.
    """
    transaction, tenant_id = edit.transaction, edit.tenant_id
    if transaction.one(FIND_BUILT_IN, {"tenant_id": tenant_id}) is not None:
        return
    _add_roles(edit)
    known = {record.name for record in list_types(transaction, tenant_id)}
    for name in types_of(is_root=is_root):
        if name not in known:
            edit.add_type(name, "", built_in=True)
    _moderate(edit)
    _adopt_permissions(edit)
    _adopt_holders(edit)


def _add_roles(edit: AccessEdit) -> None:
    present = {record.name for record in list_roles(edit.transaction, edit.tenant_id)}
    for name, description in ROLES.items():
        if name in present:
            values = {"name": name, "description": description, "built_in": True, "now": edit.now}
            edit.transaction.all(sql.KEEP_BUILT_IN, {"tenant_id": edit.tenant_id, **values})
        else:
            edit.add_role(name, description, built_in=True)


def _moderate(edit: AccessEdit) -> None:
    ids = {record.name: record.id for record in list_permissions(edit.transaction, edit.tenant_id)}
    for role in list_roles(edit.transaction, edit.tenant_id):
        if role.name == MODERATOR:
            edit.set_permissions(role.id, [ids[name] for name in MODERATION])


def _adopt_permissions(edit: AccessEdit) -> None:
    """What the version before kept in `roles.permissions`."""
    declared = DeclaredAccess(edit)
    for row in edit.transaction.all(OLD_ROLES, {"tenant_id": edit.tenant_id}):
        names = [text for text in map(str, row.permissions) if read_permission(text)]
        if names:
            declared.put_role(row.name, {"permissions": names})


def _adopt_holders(edit: AccessEdit) -> None:
    """What the version before kept in `accounts.roles` only."""
    for row in edit.transaction.all(HOLDERS, {"tenant_id": edit.tenant_id}):
        if row.roles:
            assign_roles(edit.transaction, edit.tenant_id, row.id, list(row.roles), edit.now)
