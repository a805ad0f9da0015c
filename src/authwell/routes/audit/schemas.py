"""What is asked of the audit log, and how its events look."""

from marshmallow import Schema, fields, validate

from authwell.identity.audit.export import FORMATS
from authwell.middleware.api.fields import Moment, text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.protocol.events import EventType

_TYPES = sorted(map(str, EventType))


class FiltersSchema(Schema):
    """Which events."""

    type = fields.String(
        validate=validate.OneOf(_TYPES), metadata={"description": "Of this type only"}
    )
    account_id = text(36, metadata={"description": "What happened to this account"})
    client_id = text(255)
    session_id = text(36)
    actor = text(255, metadata={"description": "Who did it to another: an account or `cli:...`"})
    address = text(64)
    request_id = text(64)
    since = Moment(metadata={"description": "Not before, with its time zone"})
    until = Moment(metadata={"description": "Before, with its time zone"})


class QuerySchema(PageSchema, FiltersSchema):
    """Which page of events."""

    sort = sorted_by("at", default="-at")


class ExportSchema(FiltersSchema):
    """Which events, and how they are written."""

    format = fields.String(load_default="jsonl", validate=validate.OneOf(list(FORMATS)))
    security = fields.Boolean(
        load_default=False, metadata={"description": "Only security-critical events"}
    )


class EventSchema(Schema):
    """An event; `seq` and `hash` are its place in the chain, null for a second."""

    seq = fields.Integer(required=True, allow_none=True)
    id = fields.String(required=True)
    at = fields.DateTime(required=True)
    type = fields.String(required=True)
    account_id = fields.String(required=True, allow_none=True)
    client_id = fields.String(required=True, allow_none=True)
    session_id = fields.String(required=True, allow_none=True)
    actor = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    data = fields.Dict(required=True)
    hash = fields.String(required=True, allow_none=True)


class EventsSchema(Schema):
    """A page of events."""

    events = fields.List(fields.Nested(EventSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
