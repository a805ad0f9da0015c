"""`/auth/permissions`: what single accounts may do with resources (REQUIREMENTS.md I5 to I7)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from authwell.identity.access.holders import Holders
from authwell.middleware.api.administrators import administrator
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, account_or, permission
from authwell.middleware.context import site
from authwell.middleware.errors import Problem
from authwell.protocol.access import ADMIN, Permission
from authwell.routes.access.shared import (
    CHANGING,
    MAKING,
    action_name,
    giver,
    refusing,
    tenant_id,
    type_name,
)
from authwell.storage.access.records import GrantRecord

api = Api("resource_grants", "/auth/permissions", prefixes=("/api", "/api/v1"))


class NewGrantSchema(Schema):
    """A permission for an account."""

    user_id = text(36, required=True)
    resource_type = type_name(required=True)
    action = action_name(required=True)
    resource_id = text(
        255,
        allow_none=True,
        load_default=None,
        metadata={"description": "null: all resources of the type"},
    )


class GrantSchema(Schema):
    """A permission that an account has."""

    id = fields.String(required=True)
    user_id = fields.String(required=True)
    resource_type = fields.String(required=True)
    action = fields.String(required=True)
    resource_id = fields.String(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)


class GrantsSchema(Schema):
    """All of them, the oldest first."""

    permissions = fields.List(fields.Nested(GrantSchema), required=True)


@api.add(
    "POST",
    "",
    needs=permission("permission", "create"),
    body=NewGrantSchema,
    answer=GrantSchema,
    status=201,
    refusals=MAKING | {404: "There is no such account"},
)
def create_grant(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give an account what the caller holds too."""
    wanted = Permission(body["resource_type"], body["action"])
    with refusing():
        made = _holders().grant(giver(), body["user_id"], wanted, body["resource_id"])
    return _shown(made)


@api.add("GET", "/user/<user_id>", needs=account_or("permission", "read"), answer=GrantsSchema)
def list_grants(user_id: str) -> Mapping[str, Any]:
    """The grants of an account, for itself and for administrators."""
    caller = administrator()
    is_own = caller.account is not None and caller.account.id == user_id
    is_allowed = ADMIN in caller.token.scope and caller.held.allows("permission", "read")
    if not is_own and not is_allowed:
        raise Problem(403, "forbidden", "This needs the permission permission:read.")
    found = _holders().grants(tenant_id(), user_id)
    return {"permissions": [_shown(grant) for grant in found]}


@api.add("DELETE", "/<permission_id>", needs=permission("permission", "delete"), refusals=CHANGING)
def delete_grant(permission_id: str) -> None:
    """Take a grant away."""
    with refusing():
        _holders().revoke(giver(), permission_id)


def _holders() -> Holders:
    return Holders(site().database)


def _shown(record: GrantRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "user_id": record.account_id,
        "resource_type": record.resource_type,
        "action": record.action,
        "resource_id": record.resource_id,
        "created_at": record.created_at.isoformat(),
    }
