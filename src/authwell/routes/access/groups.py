"""`/groups`: people who have the same roles."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from authwell.identity.access.holders import Groups
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, permission
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
from authwell.storage.access.records import GroupRecord

api = Api("groups", "/groups", prefixes=("/api/v1",))

ONE = "/<group_id>"
MEMBER = f"{ONE}/members/<account_id>"


class NewGroupSchema(NameSchema):
    """A group to be made."""

    roles = names()


class GroupChangesSchema(Schema):
    """What is left out stays; the name always does."""

    description = text(1000, least=0)
    roles = names()


class GroupSchema(ShownSchema):
    """A group with the roles of its members."""

    roles = fields.List(fields.String(), required=True)


class GroupsSchema(Schema):
    """A page of groups."""

    groups = fields.List(fields.Nested(GroupSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@api.add("GET", "", needs=permission("role", "read"), query=NamedPageSchema, answer=GroupsSchema)
def list_groups(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the tenant's groups by name."""
    page = read_page("groups", query)
    return page.answer(_groups().page(tenant_id(), page.wanted, page.filters), _shown)


@api.add(
    "POST",
    "",
    needs=permission("role", "create"),
    body=NewGroupSchema,
    answer=GroupSchema,
    status=201,
    refusals=MAKING,
)
def create_group(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make a group; its roles hold at most what the caller does."""
    members = dict(body)
    with refusing():
        return _shown(_groups().create(giver(), members.pop("name"), members))


@api.add(
    "GET",
    ONE,
    needs=permission("role", "read"),
    answer=GroupSchema,
    refusals=MISSING,
    versioned=True,
)
def show_group(group_id: str) -> Mapping[str, Any]:
    """One group."""
    with refusing():
        return _shown(_groups().get(tenant_id(), group_id))


@api.add(
    "PUT",
    ONE,
    needs=permission("role", "update"),
    body=GroupChangesSchema,
    answer=GroupSchema,
    refusals=CHANGING,
    versioned=True,
)
def change_group(group_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change a group whose roles the caller holds, before and after."""
    version = expected()
    with refusing():
        made = _groups().change(
            giver(), group_id, body, lambda record: version.require(_shown(record))
        )
    return _shown(made)


@api.add("DELETE", ONE, needs=permission("role", "delete"), refusals=CHANGING, versioned=True)
def delete_group(group_id: str) -> None:
    """Delete a group; its members lose what came with it."""
    version = expected()
    with refusing():
        _groups().delete(giver(), group_id, lambda record: version.require(_shown(record)))


@api.add("POST", MEMBER, needs=permission("role", "update"), refusals=CHANGING)
def add_member(group_id: str, account_id: str) -> None:
    """Let an account belong to a group."""
    with refusing():
        _groups().add_member(giver(), group_id, account_id)


@api.add("DELETE", MEMBER, needs=permission("role", "update"), refusals=CHANGING)
def remove_member(group_id: str, account_id: str) -> None:
    """Let it belong no longer; if roles came with it, its sessions end."""
    with refusing():
        _groups().remove_member(giver(), group_id, account_id)
    site().outbox_bell.set()


def _groups() -> Groups:
    return Groups(site().database)


def _shown(record: GroupRecord) -> dict[str, Any]:
    return {**shown(record), "roles": list(record.roles)}
