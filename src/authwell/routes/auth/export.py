"""`/auth/export`: all that is held about the caller, to take with them."""

from collections.abc import Mapping
from typing import Any

from marshmallow import INCLUDE, Schema, fields

from authwell.middleware.api.callers import signed_in
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.protocol.events import EventType
from authwell.routes.auth.part import api


class ExportSchema(Schema):
    """The document; the other members are lists of what is held, by kind."""

    class Meta:
        """Kinds are added as there are more."""

        unknown = INCLUDE

    version = fields.Integer(required=True)
    exported_at = fields.DateTime(required=True)
    account = fields.Dict(required=True)
    sessions = fields.List(fields.Dict(), required=True)
    devices = fields.List(fields.Dict(), required=True)
    consents = fields.List(fields.Dict(), required=True)
    grants = fields.List(fields.Dict(), required=True)
    events = fields.List(fields.Dict(), required=True)


@api.add("GET", "/export", answer=ExportSchema)
def export() -> Mapping[str, Any]:
    """Export all that is held about the caller as one document."""
    server = authorization_server()
    event = server.event(EventType.ACCOUNT_EXPORTED, account=signed_in().account)
    found = site().privacy.export(event)
    if found is None:
        raise Problem(404, "not_found", "The account was erased meanwhile.")
    return found
