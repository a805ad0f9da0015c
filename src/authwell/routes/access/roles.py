"""`/roles` (REQUIREMENTS.md I1, I2)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from authwell.identity.access.roles import Roles
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, account_or, permission
from authwell.middleware.api.paging import read_page
from authwell.middleware.api.versions import expected
from authwell.middleware.context import site
from authwell.routes.access.shared import (
    CHANGING,
    MAKING,
    MISSING,
    NamedPageSchema,
    NameSchema,
    ShownSchema,
    giver,
    names,
    refusing,
    shown,
    tenant_id,
)
from authwell.storage.access.records import RoleRecord

api = Api("roles", "/roles", prefixes=("/api/v1",))

ONE = "/<role_id>"
LINK = f"{ONE}/permissions/<permission_id>"


class NewRoleSchema(NameSchema):
    """A role to be made."""

    permissions = names(metadata={"description": "Such as `document:read`"})
    parents = names(metadata={"description": "Roles whose permissions it has too"})


class RoleChangesSchema(Schema):
    """What is left out stays; the name always does."""

    description = text(1000, least=0)
    permissions = names()
    parents = names()


class RoleSchema(ShownSchema):
    """A role with what it has by itself."""

    built_in = fields.Boolean(required=True)
    permissions = fields.List(fields.String(), required=True)
    parents = fields.List(fields.String(), required=True)


class RolesSchema(Schema):
    """A page of roles."""

    roles = fields.List(fields.Nested(RoleSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@api.add("GET", "", needs=account_or("role", "read"), query=NamedPageSchema, answer=RolesSchema)
def list_roles(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the tenant's roles by name."""
    page = read_page("roles", query)
    return page.answer(_roles().page(tenant_id(), page.wanted, page.filters), _shown)


@api.add(
    "POST",
    "",
    needs=permission("role", "create"),
    body=NewRoleSchema,
    answer=RoleSchema,
    status=201,
    refusals=MAKING,
)
def create_role(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make a role that holds at most what the caller does."""
    members = dict(body)
    with refusing():
        return _shown(_roles().create(giver(), members.pop("name"), members))


@api.add(
    "GET",
    ONE,
    needs=account_or("role", "read"),
    answer=RoleSchema,
    refusals=MISSING,
    versioned=True,
)
def show_role(role_id: str) -> Mapping[str, Any]:
    """One role."""
    with refusing():
        return _shown(_roles().get(tenant_id(), role_id))


@api.add(
    "PUT",
    ONE,
    needs=permission("role", "update"),
    body=RoleChangesSchema,
    answer=RoleSchema,
    refusals=CHANGING,
    versioned=True,
)
def change_role(role_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change a role whose permissions the caller holds, before and after."""
    version = expected()
    with refusing():
        made = _roles().change(
            giver(), role_id, body, lambda record: version.require(_shown(record))
        )
    return _shown(made)


@api.add("DELETE", ONE, needs=permission("role", "delete"), refusals=CHANGING, versioned=True)
def delete_role(role_id: str) -> None:
    """Delete a role that nobody has."""
    version = expected()
    with refusing():
        _roles().delete(giver(), role_id, lambda record: version.require(_shown(record)))


@api.add("POST", LINK, needs=permission("role", "update"), answer=RoleSchema, refusals=MISSING)
def give_permission(role_id: str, permission_id: str) -> Mapping[str, Any]:
    """Give a role one more permission."""
    with refusing():
        return _shown(_roles().set_permission(giver(), role_id, permission_id, has=True))


@api.add("DELETE", LINK, needs=permission("role", "update"), refusals=MISSING)
def take_permission(role_id: str, permission_id: str) -> None:
    """Take a permission from a role."""
    with refusing():
        _roles().set_permission(giver(), role_id, permission_id, has=False)


def _roles() -> Roles:
    return Roles(site().database)


def _shown(role: RoleRecord) -> dict[str, Any]:
    return {
        **shown(role),
        "built_in": role.built_in,
        "permissions": list(role.permissions),
        "parents": list(role.parents),
    }
