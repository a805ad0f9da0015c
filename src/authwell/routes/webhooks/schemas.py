"""The JSON of webhook endpoints and their deliveries; secrets are shown once."""

from typing import Any

from marshmallow import Schema, fields, validate

from authwell.identity.administration.shown import moment
from authwell.identity.webhooks.catalogue import OFFERED
from authwell.identity.webhooks.drafts import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_URL
from authwell.middleware.api.fields import text
from authwell.storage.webhooks.endpoints import ALL_TYPES, Endpoint
from authwell.storage.webhooks.log import Delivery

_TYPES = [ALL_TYPES, *OFFERED]
LONGEST_OVERLAP = 7 * 86_400


def _event_types(**options: Any) -> fields.List[str]:
    return fields.List(
        fields.String(validate=validate.OneOf(_TYPES)),
        validate=validate.Length(1, len(_TYPES)),
        metadata={"description": "Which events are sent; `*` means all, also later ones"},
        **options,
    )


class EndpointChangeSchema(Schema):
    """What of an endpoint is to be changed."""

    name = text(LONGEST_NAME)
    url = text(LONGEST_URL, metadata={"description": "https, at a public address"})
    description = text(LONGEST_DESCRIPTION, least=0)
    event_types = _event_types()
    status = fields.String(validate=validate.OneOf(["active", "disabled"]))


class NewEndpointSchema(EndpointChangeSchema):
    """An endpoint to be made."""

    name = text(LONGEST_NAME, required=True)
    url = text(LONGEST_URL, required=True, metadata={"description": "https, at a public address"})
    event_types = _event_types(required=True)


class EndpointSchema(Schema):
    """An endpoint, without its secret."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True)
    description = fields.String(required=True)
    event_types = fields.List(fields.String(), required=True)
    status = fields.String(required=True)
    problem = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why the server has disabled it by itself"},
    )
    failures = fields.Integer(
        required=True, metadata={"description": "Attempts in a row that brought nothing"}
    )
    previous_secret_until = fields.DateTime(required=True, allow_none=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)


class MadeEndpointSchema(EndpointSchema):
    """The same with the secret that was made just now, which is not shown again."""

    secret = fields.String(required=True, metadata={"description": "Of Standard Webhooks"})


class EndpointsSchema(Schema):
    """The endpoints of the tenant, the oldest first."""

    webhook_endpoints = fields.List(fields.Nested(EndpointSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class EventTypeSchema(Schema):
    """A type of event, and the members of its data beside the ids of whom it is about."""

    type = fields.String(required=True)
    members = fields.List(fields.String(), required=True)


class EventTypesSchema(Schema):
    """All types that are offered."""

    event_types = fields.List(fields.Nested(EventTypeSchema), required=True)


class RotationSchema(Schema):
    """How a secret is replaced."""

    overlap_seconds = fields.Integer(
        strict=True, load_default=86_400, validate=validate.Range(0, LONGEST_OVERLAP)
    )


class TestedSchema(Schema):
    """The delivery of a test message."""

    delivery_id = fields.String(required=True)


class DeliverySchema(Schema):
    """How far an event has come on its way."""

    id = fields.String(required=True)
    event_id = fields.String(required=True, metadata={"description": "`webhook-id` of the message"})
    event_type = fields.String(required=True)
    subject = fields.String(required=True)
    status = fields.String(
        required=True, metadata={"description": "pending, retrying, delivered or failed"}
    )
    attempts = fields.Integer(required=True)
    created_at = fields.DateTime(required=True)
    last_attempt_at = fields.DateTime(required=True, allow_none=True)
    next_attempt_at = fields.DateTime(required=True, allow_none=True)
    done_at = fields.DateTime(required=True, allow_none=True)
    last_status = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Of HTTP, of the last answer"}
    )
    last_error = fields.String(required=True, allow_none=True)


class WholeDeliverySchema(DeliverySchema):
    """The same with what is sent."""

    body = fields.String(required=True)


class DeliveriesSchema(Schema):
    """A page of the log, the latest first."""

    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


def shown(endpoint: Endpoint) -> dict[str, Any]:
    """What `EndpointSchema` describes."""
    return {
        "id": endpoint.id,
        "name": endpoint.name,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": list(endpoint.event_types),
        "status": endpoint.status,
        "problem": endpoint.problem,
        "failures": endpoint.failures,
        "previous_secret_until": moment(endpoint.secrets.previous_until),
        "created_at": moment(endpoint.created_at),
        "updated_at": moment(endpoint.updated_at),
    }


def shown_delivery(delivery: Delivery) -> dict[str, Any]:
    """What `DeliverySchema` describes."""
    plain = ("id", "event_id", "event_type", "subject", "status", "attempts")
    last = ("last_status", "last_error")
    times = ("created_at", "last_attempt_at", "next_attempt_at", "done_at")
    return {
        **{name: getattr(delivery, name) for name in (*plain, *last)},
        **{name: moment(getattr(delivery, name)) for name in times},
    }
