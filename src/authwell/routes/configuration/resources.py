"""`/oauth/resources`: the APIs that access tokens are for (RFC 8707), by their absolute URIs.

A URI does not fit into a path, so one is named by the parameter or the member `identifier`.
"""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields, validate

from authwell.identity.configuration import export, lookups, removals
from authwell.middleware.api import configuration_errors
from authwell.middleware.api.administrators import author
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.configuring import configurator
from authwell.protocol.policy import SIGNING_ALGS

api = Api("resources", "/oauth/resources", prefixes=(), more_errors=configuration_errors.register)

_TAKEN: Final = {409: "There is one of that URI, or somebody else changed it at the same moment"}
_MISSING: Final = {404: "There is no such resource"}
_USED: Final = _MISSING | {409: "A client is restricted to it"}


class IdentifierSchema(Schema):
    """Which resource."""

    identifier = text(2000, required=True)


class FilterSchema(Schema):
    """Which resources."""

    identifier = text(2000)


class ResourceSchema(IdentifierSchema):
    """A resource."""

    name = text(255)
    scopes = fields.List(text(255))
    access_token_format = fields.String(validate=validate.OneOf(("jwt", "opaque")))
    access_token_signing_alg = fields.String(validate=validate.OneOf(SIGNING_ALGS))
    access_token_lifetime = fields.Integer(strict=True, validate=validate.Range(1, 86_400))
    introspection_clients = fields.List(text(255))


class ResourcesSchema(Schema):
    """Resources by identifier."""

    resources = fields.List(fields.Nested(ResourceSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@api.add(
    "GET", "", needs=permission("resource", "read"), query=FilterSchema, answer=ResourcesSchema
)
def list_resources(query: Mapping[str, str]) -> Mapping[str, Any]:
    """The resources, or the one of that URI."""
    kept = configurator().state().resources
    wanted = query.get("identifier")
    shown = [
        export.resource_entry(identifier, members)
        for identifier, members in kept.items()
        if wanted in (None, identifier)
    ]
    return {"resources": shown, "next_cursor": None}


@api.add(
    "POST",
    "",
    needs=permission("resource", "create"),
    body=ResourceSchema,
    answer=ResourceSchema,
    status=201,
    refusals=_TAKEN,
)
def create_resource(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Register a resource."""
    configurator().create("resources", body, author())
    return lookups.resource_entry(configurator().state(), body["identifier"])


@api.add(
    "PUT",
    "",
    needs=permission("resource", "update"),
    body=ResourceSchema,
    answer=ResourceSchema,
    refusals=_MISSING,
)
def replace_resource(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """All members anew; what is left out has its default."""
    identifier = body["identifier"]

    def kept(state: Any) -> Mapping[str, Any]:
        return {"identifier": lookups.resource_entry(state, identifier)["identifier"]}

    configurator().update("resources", kept, body, author())
    return lookups.resource_entry(configurator().state(), identifier)


@api.add(
    "DELETE", "", needs=permission("resource", "delete"), query=IdentifierSchema, refusals=_USED
)
def delete_resource(query: Mapping[str, str]) -> None:
    """Delete a resource that no client is restricted to."""
    identifier = query["identifier"]
    configurator().remove(lambda state: removals.remove_resource(state, identifier), author())
