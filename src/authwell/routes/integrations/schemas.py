"""The JSON of integrations and their messages; keys and secrets are shown once."""

from typing import Any

from marshmallow import Schema, fields, validate

from authwell.identity.administration.shown import moment
from authwell.identity.integrations.drafts import TYPES
from authwell.identity.integrations.service import members_of
from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.storage.integrations import Integration
from authwell.storage.statements import Row

LONGEST_OVERLAP = 7 * 86_400


class IntegrationChangeSchema(Schema):
    """What of an integration is to be changed."""

    name = text(255)
    description = text(1024, least=0)
    config = fields.Dict(
        keys=text(64),
        metadata={"description": "Whatever its administrators keep with it; no secrets"},
    )
    status = fields.String(validate=validate.OneOf(["active", "disabled"]))


class NewIntegrationSchema(IntegrationChangeSchema):
    """An integration to be made."""

    type = fields.String(required=True, validate=validate.OneOf(TYPES))
    name = text(255, required=True)


class IntegrationSchema(Schema):
    """An integration, without key and secret."""

    id = fields.String(required=True)
    type = fields.String(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True)
    config = fields.Dict(required=True)
    status = fields.String(required=True)
    previous_secret_until = fields.DateTime(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


class MadeIntegrationSchema(IntegrationSchema):
    """The same with what was made just now, and is not shown again."""

    api_key = fields.String(required=True, metadata={"description": "For `X-API-Key`"})
    secret = fields.String(required=True, metadata={"description": "Of Standard Webhooks"})


class IntegrationsSchema(Schema):
    """A page of integrations."""

    integrations = fields.List(fields.Nested(IntegrationSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class QuerySchema(PageSchema):
    """Which page of integrations."""

    sort = sorted_by("name", default="name")
    type = fields.String(validate=validate.OneOf(TYPES))


class RegenerationSchema(Schema):
    """How long key and secret before are good."""

    overlap_seconds = fields.Integer(
        strict=True, load_default=86_400, validate=validate.Range(0, LONGEST_OVERLAP)
    )


class MessageSchema(Schema):
    """A message of an integration."""

    id = fields.String(required=True, metadata={"description": "Its `webhook-id`"})
    type = fields.String(required=True)
    received_at = fields.DateTime(required=True)
    payload = fields.Dict(required=True)


class MessagesSchema(Schema):
    """A page of what an integration has sent."""

    events = fields.List(fields.Nested(MessageSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class MessagesQuerySchema(PageSchema):
    """Which page of messages."""

    sort = sorted_by("received_at", default="-received_at")


class TakenSchema(Schema):
    """What became of a message."""

    id = fields.String(required=True)
    status = fields.String(
        required=True, metadata={"description": "accepted, or duplicate: it was taken before"}
    )


def shown(integration: Integration) -> dict[str, Any]:
    """What `IntegrationSchema` describes."""
    return {
        "id": integration.id,
        **members_of(integration),
        "previous_secret_until": moment(integration.previous_until),
        "created_at": moment(integration.created_at),
        "updated_at": moment(integration.updated_at),
    }


def shown_message(row: Row) -> dict[str, Any]:
    """What `MessageSchema` describes."""
    return {
        "id": row.message_id,
        "type": row.type,
        "received_at": moment(row.received_at),
        "payload": row.payload,
    }
