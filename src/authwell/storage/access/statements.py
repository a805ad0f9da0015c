"""The statements of access control, compiled once."""

from typing import Any

from sqlalchemy import (
    FromClause,
    ScalarSelect,
    Select,
    Table,
    bindparam,
    delete,
    exists,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql

from authwell.models.accounts import accounts
from authwell.models.base import Json, UtcDateTime
from authwell.models.blocks import blocks
from authwell.models.groups import group_members, group_roles, groups
from authwell.models.roles import (
    permissions,
    resource_grants,
    resource_types,
    role_parents,
    role_permissions,
    roles,
    user_roles,
)
from authwell.models.tenants import config_stamps, tenants
from authwell.protocol.access import ADMIN
from authwell.storage.access.elements import JsonArray, is_among
from authwell.storage.statements import Statement

_TENANT_ID: Any = bindparam("tenant_id")
_ID: Any = bindparam("id")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_IDS: Any = bindparam("ids", type_=Json)

BUMP = Statement(
    update(config_stamps)
    .where(config_stamps.c.tenant_id == _TENANT_ID)
    .values(access_stamp=config_stamps.c.access_stamp + 1)
)


def _add(table: Table) -> Statement:
    values = {
        column.name: bindparam(f"new_{column.name}", type_=column.type) for column in table.columns
    }
    insert = postgresql.insert(table).values(values).on_conflict_do_nothing()
    return Statement(insert.returning(table.c.tenant_id))


def _describe(table: Table) -> Statement:
    return Statement(
        update(table)
        .where(table.c.tenant_id == _TENANT_ID, table.c.id == _ID)
        .values(description=bindparam("description"), updated_at=_NOW)
        .returning(table.c.id)
    )


def _delete(table: Table) -> Statement:
    return Statement(
        delete(table)
        .where(table.c.tenant_id == _TENANT_ID, table.c.id == _ID)
        .returning(table.c.id)
    )


def _names(links: Table, owner: Table, key: str, thing: FromClause, name: Any) -> ScalarSelect[Any]:
    """The names of the things that are linked with the row of a role or a group."""
    owned = {roles: "role_id", groups: "group_id"}[owner]
    return (
        select(JsonArray(name))
        .select_from(
            links.join(
                thing, (thing.c.tenant_id == links.c.tenant_id) & (thing.c.id == links.c[key])
            )
        )
        .where(links.c.tenant_id == owner.c.tenant_id, links.c[owned] == owner.c.id)
        .correlate(owner)
        .scalar_subquery()
    )


def _records(table: Table, **names: ScalarSelect[Any]) -> Select[Any]:
    """The rows of a tenant with all that their records have."""
    own = [column for column in table.columns if column.name not in {"tenant_id", *names}]
    linked = (selected.label(name) for name, selected in names.items())
    return select(*own, *linked).where(table.c.tenant_id == _TENANT_ID)


ADD_TYPE, DESCRIBE_TYPE, DELETE_TYPE = (
    _add(resource_types),
    _describe(resource_types),
    _delete(resource_types),
)
DELETE_PERMISSIONS_OF_TYPE = Statement(
    delete(permissions).where(
        permissions.c.tenant_id == _TENANT_ID,
        permissions.c.resource_type.in_(
            select(resource_types.c.name).where(
                resource_types.c.tenant_id == _TENANT_ID, resource_types.c.id == _ID
            )
        ),
    )
)
GIVE_TO_ADMIN = Statement(
    postgresql.insert(role_permissions)
    .from_select(
        ["tenant_id", "role_id", "permission_id"],
        select(
            roles.c.tenant_id, roles.c.id, bindparam("permission_id", type_=roles.c.id.type)
        ).where(roles.c.tenant_id == _TENANT_ID, roles.c.name == literal_column(f"'{ADMIN}'")),
    )
    .on_conflict_do_nothing()
)
ADD_PERMISSION, DESCRIBE_PERMISSION, DELETE_PERMISSION = (
    _add(permissions),
    _describe(permissions),
    _delete(permissions),
)
ADD_ROLE, DESCRIBE_ROLE, DELETE_ROLE = _add(roles), _describe(roles), _delete(roles)
ADD_GROUP, DESCRIBE_GROUP, DELETE_GROUP = _add(groups), _describe(groups), _delete(groups)
ADD_GRANT, DELETE_GRANT = _add(resource_grants), _delete(resource_grants)

_PARENTS = roles.alias("parents")
TYPES, PERMISSIONS = _records(resource_types), _records(permissions)
ROLES = _records(
    roles,
    permissions=_names(
        role_permissions,
        roles,
        "permission_id",
        permissions,
        permissions.c.resource_type + literal_column("':'") + permissions.c.action,
    ),
    parents=_names(role_parents, roles, "parent_id", _PARENTS, _PARENTS.c.name),
)
GROUPS = _records(groups, roles=_names(group_roles, groups, "role_id", roles, roles.c.name))
LIST_TYPES = Statement(TYPES.order_by(resource_types.c.name))
LIST_PERMISSIONS = Statement(
    PERMISSIONS.order_by(permissions.c.resource_type, permissions.c.action)
)
LIST_ROLES = Statement(ROLES.order_by(roles.c.name))
LIST_GROUPS = Statement(GROUPS.order_by(groups.c.name))
KEEP_BUILT_IN = Statement(
    update(roles)
    .where(roles.c.tenant_id == _TENANT_ID, roles.c.name == bindparam("name"))
    .values(built_in=bindparam("built_in"), description=bindparam("description"), updated_at=_NOW)
    .returning(roles.c.id)
)


def _link(table: Table, owner: str, other: str, thing: Table) -> tuple[Statement, Statement]:
    """Statements that make what belongs to an owner these ids and no others."""
    chosen = select(
        thing.c.tenant_id, bindparam("owner_id", type_=thing.c.id.type), thing.c.id
    ).where(thing.c.tenant_id == _TENANT_ID, is_among(thing.c.id, _IDS))
    add = (
        postgresql.insert(table)
        .from_select(["tenant_id", owner, other], chosen)
        .on_conflict_do_nothing()
    )
    drop = delete(table).where(
        table.c.tenant_id == _TENANT_ID,
        table.c[owner] == bindparam("owner_id"),
        ~is_among(table.c[other], _IDS),
    )
    return Statement(add), Statement(drop)


LINK_PERMISSIONS, UNLINK_PERMISSIONS = _link(
    role_permissions, "role_id", "permission_id", permissions
)
LINK_PARENTS, UNLINK_PARENTS = _link(role_parents, "role_id", "parent_id", roles)
LINK_GROUP_ROLES, UNLINK_GROUP_ROLES = _link(group_roles, "group_id", "role_id", roles)

ADD_MEMBER = Statement(
    postgresql.insert(group_members)
    .from_select(
        ["tenant_id", "group_id", "account_id", "created_at"],
        select(accounts.c.tenant_id, groups.c.id, accounts.c.id, _NOW)
        .select_from(accounts.join(groups, groups.c.tenant_id == accounts.c.tenant_id))
        .where(
            accounts.c.tenant_id == _TENANT_ID,
            accounts.c.id == bindparam("account_id"),
            groups.c.id == bindparam("group_id"),
        ),
    )
    .on_conflict_do_nothing()
    .returning(group_members.c.account_id)
)
REMOVE_MEMBER = Statement(
    delete(group_members)
    .where(
        group_members.c.tenant_id == _TENANT_ID,
        group_members.c.group_id == bindparam("group_id"),
        group_members.c.account_id == bindparam("account_id"),
    )
    .returning(group_members.c.account_id)
)
_GRANTS = select(
    resource_grants.c.id,
    resource_grants.c.account_id,
    permissions.c.resource_type,
    permissions.c.action,
    resource_grants.c.resource_id,
    resource_grants.c.created_at,
).select_from(
    resource_grants.join(
        permissions,
        (permissions.c.tenant_id == resource_grants.c.tenant_id)
        & (permissions.c.id == resource_grants.c.permission_id),
    )
)
GRANTS_OF_ACCOUNT = Statement(
    _GRANTS.where(
        resource_grants.c.tenant_id == _TENANT_ID,
        resource_grants.c.account_id == bindparam("account_id"),
    ).order_by(resource_grants.c.id)
)
FIND_GRANT = Statement(
    _GRANTS.where(resource_grants.c.tenant_id == _TENANT_ID, resource_grants.c.id == _ID)
)


def _superusers() -> Select[Any]:
    """Active accounts that hold the role `admin`, in whatever way, and are not blocked."""
    first = (
        select(roles.c.id.label("role_id"))
        .where(roles.c.tenant_id == _TENANT_ID, roles.c.name == literal_column(f"'{ADMIN}'"))
        .cte("superior", recursive=True)
    )
    superior = first.union(
        select(role_parents.c.role_id).where(
            role_parents.c.tenant_id == _TENANT_ID, role_parents.c.parent_id == first.c.role_id
        )
    )
    having = select(superior.c.role_id)
    in_groups = select(group_roles.c.group_id).where(
        group_roles.c.tenant_id == _TENANT_ID, group_roles.c.role_id.in_(having)
    )
    holders = select(user_roles.c.account_id).where(
        user_roles.c.tenant_id == _TENANT_ID, user_roles.c.role_id.in_(having)
    )
    members = select(group_members.c.account_id).where(
        group_members.c.tenant_id == _TENANT_ID, group_members.c.group_id.in_(in_groups)
    )
    shut_out = exists().where(
        blocks.c.tenant_id == _TENANT_ID,
        blocks.c.kind == literal_column("'account'"),
        blocks.c.value == accounts.c.id,
    )
    return (
        select(accounts.c.id)
        .where(
            accounts.c.tenant_id == _TENANT_ID,
            accounts.c.status == literal_column("'active'"),
            or_(accounts.c.id.in_(holders), accounts.c.id.in_(members)),
            ~shut_out,
        )
        .limit(1)
    )


ANY_SUPERUSER = Statement(_superusers())
TAKE_TURNS = Statement(
    select(tenants.c.id).where(tenants.c.id == _TENANT_ID).with_for_update(key_share=True)
)
"""One after the other may take away what could be the last superuser's.

Who locks an account too locks it before, so that nobody waits in a circle.
"""
