"""`/sessions` (F7, F8): administrators list, see and end sessions of people.

Guarded by permissions for the resource type `session`.
"""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields

from authwell.identity.administration import sessions as ending
from authwell.identity.sessions.reports import SessionReports, shown
from authwell.middleware.api.administering import acting, administering
from authwell.middleware.api.fields import text
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.api.paging import PageSchema, read_page, sorted_by
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem

api = Api("sessions", "/sessions", prefixes=("/api/v1",))

_MISSING: Final = {404: "There is no such session, or it was deleted"}


class QuerySchema(PageSchema):
    """Which page of sessions."""

    sort = sorted_by("created_at", default="-created_at")
    account_id = text(36, metadata={"description": "Of this account only"})


class ReportSchema(Schema):
    """A session, standing or ended."""

    id = fields.String(required=True)
    account_id = fields.String(required=True)
    username = fields.String(required=True)
    auth_time = fields.DateTime(required=True)
    amr = fields.List(fields.String(), required=True)
    created_at = fields.DateTime(required=True)
    last_seen_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    ended_at = fields.DateTime(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)


class WholeReportSchema(ReportSchema):
    """The same with its clients, and what became of their logout tokens."""

    clients = fields.List(fields.Dict(), required=True)


class ReportsSchema(Schema):
    """A page of sessions."""

    sessions = fields.List(fields.Nested(ReportSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


@api.add("GET", "", needs=permission("session", "read"), query=QuerySchema, answer=ReportsSchema)
def list_sessions(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of sessions, standing or ended; the latest first unless asked otherwise."""
    page = read_page("sessions", query)
    return page.answer(_reports().page(_tenant_id(), page.wanted, page.filters), shown)


@api.add(
    "GET",
    "/<session_id>",
    needs=permission("session", "read"),
    answer=WholeReportSchema,
    refusals=_MISSING,
    versioned=True,
)
def show_session(session_id: str) -> Mapping[str, Any]:
    """One session with its clients and what they were told of its end."""
    return _found(session_id)


@api.add("DELETE", "/<session_id>", needs=permission("session", "delete"), refusals=_MISSING)
def end_session(session_id: str) -> None:
    """End a session: its tokens end too, and its clients are told. Twice is as good as once."""
    server, here = authorization_server(), site()
    try:
        with administering():
            if ending.end_session(here.database, server, acting(), session_id):
                here.outbox_bell.set()
    except ending.NoSuchSession as gone:
        raise _missing() from gone


def _found(session_id: str) -> dict[str, Any]:
    found = _reports().show(_tenant_id(), session_id)
    if found is None:
        raise _missing()
    return found


def _missing() -> Problem:
    return Problem(404, "not_found", "There is no such session, or it was deleted.")


def _reports() -> SessionReports:
    return SessionReports(site().database)


def _tenant_id() -> str:
    return authorization_server().tenant.id
