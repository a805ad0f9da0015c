"""What `/companies` takes and answers."""

from typing import Any

from marshmallow import Schema, fields, validate

from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by

_STATUSES = ("active", "suspended")


class QuerySchema(PageSchema):
    """Which page of tenants."""

    sort = sorted_by("slug", "created_at", default="slug")
    status = fields.String(validate=validate.OneOf(_STATUSES))
    q = text(63, metadata={"description": "How the slug begins"})


class ChangeSchema(Schema):
    """What may be changed; a member that is left out stays."""

    name = text()
    policy = fields.Dict(
        keys=fields.String(),
        metadata={"description": "Members of the policy; null takes one away"},
    )


class NewSchema(ChangeSchema):
    """A tenant to be."""

    name = text(required=True)
    slug = text(63, metadata={"description": "Its path is `/t/<slug>`; made of the name if absent"})
    admin_email = text(
        320, metadata={"description": "Who is invited to be its first administrator"}
    )


class HostSchema(Schema):
    """Where a tenant is found."""

    host = text(
        253,
        required=True,
        allow_none=True,
        metadata={
            "description": "One of its verified domains of use `host`; null: below the server"
        },
    )


class TenantSchema(Schema):
    """A tenant."""

    id = fields.String(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    issuer = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(_STATUSES))
    policy: fields.Field[Any] = fields.Dict(required=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


class TenantsSchema(Schema):
    """A page of tenants."""

    companies = fields.List(fields.Nested(TenantSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
