"""The audit explorer: what happened, the latest first, narrowed by what one looks for."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import orjson
from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema, ValidationError, fields, validate

from authwell.identity.audit.export import FORMATS
from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.middleware.api.bodies import load
from authwell.middleware.api.fields import Moment, text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.audit_exports import exported
from authwell.middleware.console_pages import address, administrator, needs
from authwell.middleware.context import authorization_server, site
from authwell.protocol.events import EventType
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import list_page, show_page
from authwell.routes.console.paging import narrowed
from authwell.routes.console.parts import Act, Cell, Field, Text, code, fact, moment
from authwell.routes.console.rows import event_rows
from authwell.routes.console.words import WORDS
from authwell.storage.audit.views import AuditViews
from authwell.storage.pages import Found, Wanted

SECTION: Final = "audit"
TYPES: Final = tuple(sorted(map(str, EventType)))
TIMES: Final = ("since", "until")
IDS: Final = ("account_id", "client_id", "session_id", "actor", "address", "request_id")


class Time(Moment):
    """A time as the field of a browser sends it, which has no zone and is UTC here."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        try:
            return super()._deserialize(value, attr, data, **kwargs)
        except ValidationError as error:
            raise ValidationError(gettext("This is not a time.")) from error


class FiltersSchema(Schema):
    """Which events."""

    type = fields.String(validate=validate.OneOf(TYPES))
    account_id = text(36)
    client_id = text(255)
    session_id = text(36)
    actor = text(255)
    address = text(64)
    request_id = text(64)
    which = fields.String(validate=validate.OneOf(["security"]))
    since = Time(default_timezone=UTC)
    until = Time(default_timezone=UTC)


class QuerySchema(PageSchema, FiltersSchema):
    """Which page of them."""

    sort = sorted_by("at", default="-at")


class ExportSchema(FiltersSchema):
    """All of them in a file."""

    format = fields.String(required=True, validate=validate.OneOf(sorted(FORMATS)))


@blueprint.get("/audit")
@needs("audit:read")
def list_events() -> Response:
    """All of the tenant, or those that are looked for."""

    def read(wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        given = {name: value for name, value in filters.items() if name != "which"}
        if "since" in given and "until" in given and given["until"] <= given["since"]:
            raise Refused([Problem("until", gettext("This is not after the beginning."))])
        return _views().page(wanted, given, only_security="which" in filters)

    try:
        page = narrowed(SECTION, QuerySchema(), read)
    except Refused as refused:
        return _refused(refused)
    table = event_rows(page.rows, more=page.more)
    links = [
        Act(f"{gettext('Export')} ({form})", _export(form, page.query)) for form in sorted(FORMATS)
    ]
    return list_page(SECTION, gettext("Audit"), table, filters=_filters(page.query), links=links)


@blueprint.get("/audit/export")
@needs("audit:read")
def export_events() -> Response:
    """All events that fit, as a file."""
    given = {key: value for key, value in request.args.items() if value.strip()}
    query = load(ExportSchema(), given)
    security = query.pop("which", None) is not None
    return exported({**query, "security": security}, administrator().account.id)


@blueprint.get("/audit/<event_id>")
@needs("audit:read")
def show_event(event_id: str) -> Response:
    """One event with all that it says."""
    found = _views().find(event_id)
    if found is None:
        raise NotFound("event", event_id)
    user, client = found.account_id, found.client_id
    data = orjson.dumps(found.data, option=orjson.OPT_INDENT_2).decode() if found.data else ""
    return show_page(
        SECTION,
        found.type,
        [
            fact(WORDS["at"], moment(found.at)),
            fact(WORDS["user"], *([Cell(user, address("users", user))] if user else [])),
            fact(WORDS["client"], *([Cell(client, address("client", client))] if client else [])),
            fact(WORDS["session"], code(found.session_id or "")),
            fact("actor", code(found.actor or "")),
            fact(WORDS["address"], code(found.address or "")),
            fact(WORDS["user_agent"], Cell(found.user_agent or "")),
            fact("request_id", code(found.request_id or "")),
            fact("data", code(data)),
            fact("seq", Cell("" if found.seq is None else str(found.seq))),
            fact("id", code(found.id)),
        ],
    )


def _refused(refused: Refused) -> Response:
    """No events, and what was typed, with what is wrong in it."""
    filters = _filters(request.args)
    return list_page(SECTION, gettext("Audit"), event_rows(()), filters=filters, refused=refused)


def _filters(query: Mapping[str, Any]) -> list[Field]:
    which: list[tuple[str, Text]] = [("", gettext("All")), ("security", gettext("Security"))]
    types: list[tuple[str, Text]] = [("", gettext("All")), *((each, each) for each in TYPES)]
    known = {"account_id": "user", "client_id": "client", "session_id": "session"}
    names = {name: WORDS.get(known.get(name, name), name) for name in IDS}
    return [
        Field("which", gettext("Kind"), "choice", choices=which, chosen=[query.get("which", "")]),
        Field("type", WORDS["event"], "choice", choices=types, chosen=[query.get("type", "")]),
        *(Field(name, names[name], value=query.get(name, "")) for name in IDS),
        Field("since", gettext("From (UTC)"), "datetime-local", _typed(query.get("since", ""))),
        Field("until", gettext("Until (UTC)"), "datetime-local", _typed(query.get("until", ""))),
    ]


def _export(form: str, query: Mapping[str, Any]) -> str:
    given = {name: query[name] for name in ("which", "type", *IDS) if name in query}
    given |= {name: query[name].isoformat() for name in TIMES if name in query}
    return f"{address(SECTION, 'export')}?{urlencode({'format': form, **given})}"


def _typed(value: datetime | str) -> str:
    """A time as its field has it; its zone is said beside it."""
    if isinstance(value, str):
        return value
    return value.replace(tzinfo=None).isoformat(timespec="seconds")


def _views() -> AuditViews:
    return AuditViews(site().database, authorization_server().tenant.id)
