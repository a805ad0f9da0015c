"""`/resources`: the types of things that permissions are about (REQUIREMENTS.md I4)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from authwell.identity.access.roles import Permissions
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.api.paging import read_page
from authwell.middleware.api.versions import expected
from authwell.middleware.context import site
from authwell.routes.access.shared import (
    CHANGING,
    MAKING,
    MISSING,
    DescriptionSchema,
    NamedPageSchema,
    ShownSchema,
    giver,
    refusing,
    shown,
    tenant_id,
    type_name,
)
from authwell.storage.access.records import TypeRecord

api = Api("resource_types", "/resources", prefixes=("/api/v1",))

ONE = "/<resource_id>"


class NewTypeSchema(Schema):
    """A resource type to be made."""

    name = type_name(required=True)
    description = text(1000, least=0, load_default="")


class TypeSchema(ShownSchema):
    """A resource type."""

    built_in = fields.Boolean(required=True)


class TypesSchema(Schema):
    """A page of resource types."""

    resources = fields.List(fields.Nested(TypeSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@api.add("GET", "", needs=permission("resource", "read"), query=NamedPageSchema, answer=TypesSchema)
def list_types(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the tenant's resource types by name."""
    page = read_page("resources", query)
    return page.answer(_permissions().page_of_types(tenant_id(), page.wanted, page.filters), _shown)


@api.add(
    "POST",
    "",
    needs=permission("resource", "create"),
    body=NewTypeSchema,
    answer=TypeSchema,
    status=201,
    refusals=MAKING,
)
def create_type(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make a resource type with the permissions create, read, update, delete and manage."""
    with refusing():
        return _shown(_permissions().create_type(giver(), body["name"], body["description"]))


@api.add(
    "GET",
    ONE,
    needs=permission("resource", "read"),
    answer=TypeSchema,
    refusals=MISSING,
    versioned=True,
)
def show_type(resource_id: str) -> Mapping[str, Any]:
    """One resource type."""
    with refusing():
        return _shown(_permissions().get_type(tenant_id(), resource_id))


@api.add(
    "PUT",
    ONE,
    needs=permission("resource", "update"),
    body=DescriptionSchema,
    answer=TypeSchema,
    refusals=CHANGING,
    versioned=True,
)
def describe_type(resource_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Describe a resource type anew."""
    version = expected()
    with refusing():
        made = _permissions().describe_type(
            giver(),
            resource_id,
            body["description"],
            lambda record: version.require(_shown(record)),
        )
    return _shown(made)


@api.add("DELETE", ONE, needs=permission("resource", "delete"), refusals=CHANGING, versioned=True)
def delete_type(resource_id: str) -> None:
    """Delete a resource type with its permissions."""
    version = expected()
    with refusing():
        _permissions().delete_type(
            giver(), resource_id, lambda record: version.require(_shown(record))
        )


def _permissions() -> Permissions:
    return Permissions(site().database)


def _shown(record: TypeRecord) -> dict[str, Any]:
    return {**shown(record), "built_in": record.built_in}
