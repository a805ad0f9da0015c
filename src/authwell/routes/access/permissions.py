"""`/permissions`: definitions, a resource type and an action each (REQUIREMENTS.md I3, K19)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from authwell.identity.access.roles import Permissions
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, account_or, permission
from authwell.middleware.api.paging import PageSchema, read_page, sorted_by
from authwell.middleware.api.versions import expected
from authwell.middleware.context import site
from authwell.protocol.access import Permission
from authwell.routes.access.shared import (
    CHANGING,
    MAKING,
    MISSING,
    DescriptionSchema,
    ShownSchema,
    action_name,
    giver,
    refusing,
    shown,
    tenant_id,
    type_name,
)
from authwell.storage.access.records import PermissionRecord

api = Api("permissions", "/permissions", prefixes=("/api/v1",))

ONE = "/<permission_id>"


class QuerySchema(PageSchema):
    """Which page of permissions."""

    sort = sorted_by("name", default="name")
    resource_type = type_name()


class NewPermissionSchema(Schema):
    """A permission to be defined."""

    resource_type = type_name(required=True)
    action = action_name(required=True)
    description = text(1000, least=0, load_default="")


class PermissionSchema(ShownSchema):
    """A permission; `name` is `resource_type:action`."""

    resource_type = fields.String(required=True)
    action = fields.String(required=True)
    built_in = fields.Boolean(required=True)


class PermissionsSchema(Schema):
    """A page of permissions."""

    permissions = fields.List(fields.Nested(PermissionSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@api.add(
    "GET",
    "",
    needs=account_or("permission", "read"),
    query=QuerySchema,
    answer=PermissionsSchema,
)
def list_permissions(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the tenant's permissions by resource type and action."""
    page = read_page("permissions", query)
    return page.answer(_permissions().page(tenant_id(), page.wanted, page.filters), _shown)


@api.add(
    "POST",
    "",
    needs=permission("permission", "create"),
    body=NewPermissionSchema,
    answer=PermissionSchema,
    status=201,
    refusals=MAKING,
)
def create_permission(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Define a permission of a resource type that there is."""
    wanted = Permission(body["resource_type"], body["action"])
    with refusing():
        return _shown(_permissions().create(giver(), wanted, body["description"]))


@api.add(
    "GET",
    ONE,
    needs=account_or("permission", "read"),
    answer=PermissionSchema,
    refusals=MISSING,
    versioned=True,
)
def show_permission(permission_id: str) -> Mapping[str, Any]:
    """One permission."""
    with refusing():
        return _shown(_permissions().get(tenant_id(), permission_id))


@api.add(
    "PUT",
    ONE,
    needs=permission("permission", "update"),
    body=DescriptionSchema,
    answer=PermissionSchema,
    refusals=CHANGING,
    versioned=True,
)
def describe_permission(permission_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Describe a permission anew; what it allows stays."""
    version = expected()
    with refusing():
        made = _permissions().describe(
            giver(),
            permission_id,
            body["description"],
            lambda record: version.require(_shown(record)),
        )
    return _shown(made)


@api.add(
    "DELETE",
    ONE,
    needs=permission("permission", "delete"),
    refusals=CHANGING,
    versioned=True,
)
def delete_permission(permission_id: str) -> None:
    """Delete a permission; roles lose it."""
    version = expected()
    with refusing():
        _permissions().delete(
            giver(), permission_id, lambda record: version.require(_shown(record))
        )


def _permissions() -> Permissions:
    return Permissions(site().database)


def _shown(record: PermissionRecord) -> dict[str, Any]:
    return {
        **shown(record),
        "resource_type": record.resource_type,
        "action": record.action,
        "built_in": record.built_in,
    }
