"""What the modules of this package share: who gives, what is refused, and schemas."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from marshmallow import Schema, fields, validate

from authwell.identity.access.rules import AccessRefused, Giver
from authwell.middleware.api.administrators import administrator
from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.context import authorization_server
from authwell.middleware.errors import Problem
from authwell.protocol.access import ACTION_NAME, TYPE_NAME
from authwell.storage.access.records import GroupRecord, PermissionRecord, RoleRecord, TypeRecord

MOST_NAMES: Final = 500
_STATUSES: Final[Mapping[str, tuple[int, str]]] = {
    "not_found": (404, "not_found"),
    "invalid": (400, "invalid_request"),
    "forbidden": (403, "forbidden"),
    "conflict": (409, "conflict"),
    "last_superuser": (409, "last_superuser"),
}
MISSING: Final = {404: "The tenant has no such thing"}
CHANGING: Final = {
    **MISSING,
    409: "There is one already, somebody still has it, or nobody would be a superuser any more",
    412: "`If-Match` names another version",
}
MAKING: Final = {409: "There is one already"}


class NamedPageSchema(PageSchema):
    """Which page of things with names."""

    sort = sorted_by("name", default="name")
    q = text(255, metadata={"description": "How the name begins"})


class NameSchema(Schema):
    """Something with a name."""

    name = text(255, required=True)
    description = text(1000, least=0)


class DescriptionSchema(Schema):
    """What may be said of it anew."""

    description = text(1000, required=True)


class ShownSchema(Schema):
    """What all of these have."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


def names(**options: Any) -> fields.List[str]:
    """A list of names."""
    return fields.List(text(255), validate=validate.Length(0, MOST_NAMES), **options)


def type_name(**options: Any) -> fields.String:
    """The name of a resource type."""
    return fields.String(validate=validate.Regexp(f"^(?:{TYPE_NAME})\\Z"), **options)


def action_name(**options: Any) -> fields.String:
    """An action."""
    return fields.String(validate=validate.Regexp(f"^(?:{ACTION_NAME})\\Z"), **options)


def giver() -> Giver:
    """Who administers by this request."""
    found = administrator()
    return Giver(authorization_server(), found.id, found.held, found.account)


def tenant_id() -> str:
    """The tenant of this request."""
    return authorization_server().tenant.id


@contextmanager
def refusing() -> Iterator[None]:
    """Answer what a service refuses."""
    try:
        yield
    except AccessRefused as error:
        status, code = _STATUSES[error.code]
        raise Problem(status, code, str(error)) from error


def shown(record: RoleRecord | GroupRecord | TypeRecord | PermissionRecord) -> dict[str, Any]:
    """What `ShownSchema` describes."""
    return {
        "id": record.id,
        "name": record.name,
        "description": record.description,
        "created_at": record.created_at.isoformat(),
        "updated_at": record.updated_at.isoformat(),
    }
