"""`/scopes`: the tenant's own scopes, and what the consent page says of them."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields

from authwell.identity.configuration import lookups, removals
from authwell.middleware.api import configuration_errors
from authwell.middleware.api.administrators import author
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.configuring import configurator

api = Api("scopes", "/scopes", prefixes=("/api/v1",), more_errors=configuration_errors.register)

ONE: Final = "/<path:name>"
_TAKEN: Final = {409: "There is one of that name, or somebody else changed it at the same moment"}
_USED: Final = {409: "A client or a resource has it"}


class DescriptionSchema(Schema):
    """What the consent page says."""

    description = text(1000, required=True)


class ScopeSchema(DescriptionSchema):
    """A scope that clients may be registered for."""

    name = text(255, required=True)


class ScopesSchema(Schema):
    """All scopes by name."""

    scopes = fields.List(fields.Nested(ScopeSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@api.add("GET", "", needs=permission("resource", "read"), answer=ScopesSchema)
def list_scopes() -> Mapping[str, Any]:
    """The tenant's own scopes; those of OpenID Connect are always there."""
    found = configurator().state().scopes
    shown = [{"name": name, "description": words} for name, words in found.items()]
    return {"scopes": shown, "next_cursor": None}


@api.add(
    "POST",
    "",
    needs=permission("resource", "create"),
    body=ScopeSchema,
    answer=ScopeSchema,
    status=201,
    refusals=_TAKEN,
)
def create_scope(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Define a scope."""
    configurator().create("scopes", body, author())
    return lookups.scope_entry(configurator().state(), body["name"])


@api.add("GET", ONE, needs=permission("resource", "read"), answer=ScopeSchema)
def show_scope(name: str) -> Mapping[str, Any]:
    """One scope."""
    return lookups.scope_entry(configurator().state(), name)


@api.add(
    "PUT", ONE, needs=permission("resource", "update"), body=DescriptionSchema, answer=ScopeSchema
)
def describe_scope(name: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Describe a scope anew."""
    configurator().update("scopes", lambda state: lookups.scope_entry(state, name), body, author())
    return lookups.scope_entry(configurator().state(), name)


@api.add("DELETE", ONE, needs=permission("resource", "delete"), refusals=_USED)
def delete_scope(name: str) -> None:
    """Delete a scope that no client and no resource has."""
    configurator().remove(lambda state: removals.remove_scope(state, name), author())
