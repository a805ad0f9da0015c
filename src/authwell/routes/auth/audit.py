"""`/auth/audit`: what happened with the caller's own account (REQUIREMENTS.md L1)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from marshmallow import Schema, fields, validate

from authwell.identity.administration.shown import moment
from authwell.identity.people.activity import mark_after, place_of
from authwell.middleware.api.bodies import invalid
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.operations import Needs
from authwell.middleware.context import authorization_server, site
from authwell.protocol.model import Event
from authwell.routes.auth.part import api
from authwell.storage.audit.events import AuditLog

MOST: Final = 200
DEFAULT: Final = 50


class AuditQuerySchema(Schema):
    """Which page."""

    limit = fields.Integer(load_default=DEFAULT, validate=validate.Range(1, MOST))
    cursor = fields.String(
        validate=validate.Length(max=100),
        metadata={"description": "`next_cursor` of the page before"},
    )


class AuditEventSchema(Schema):
    """One event."""

    id = fields.String(required=True)
    type = fields.String(required=True)
    at = fields.DateTime(required=True)
    client_id = fields.String(required=True, allow_none=True)
    session_id = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    data = fields.Dict(required=True)


class AuditEventsSchema(Schema):
    """A page of events, the latest first."""

    events = fields.List(fields.Nested(AuditEventSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@api.add(
    "GET",
    "/audit",
    query=AuditQuerySchema,
    answer=AuditEventsSchema,
    needs=Needs("read:audit"),
)
def list_events(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """List what happened with the caller's account."""
    server, limit = authorization_server(), query["limit"]
    # The present request's own events too.
    place = (server.now + timedelta(seconds=1), "")
    if "cursor" in query:
        found = place_of(query["cursor"])
        if found is None:
            raise invalid({"cursor": ["Take the cursor from the page before."]})
        place = found
    events = AuditLog(site().database).list_of_account(
        server.tenant.id,
        signed_in().account.id,
        before=place[0],
        before_id=place[1],
        limit=limit + 1,
    )
    page, more = events[:limit], events[limit:]
    return {
        "events": [_shown(event) for event in page],
        "next_cursor": mark_after(page[-1]) if more else None,
    }


def _shown(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "at": moment(event.at),
        "client_id": event.client_id,
        "session_id": event.session_id,
        "address": event.address,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
        "data": dict(event.data),
    }
