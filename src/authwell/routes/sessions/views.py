"""`/sessions` (F7, F8): administrators list, see and end sessions of people.

Guarded by an access token for our own API with the scope `admin`.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from flask import Blueprint, Response, request

from authwell.identity.session_reports import SessionReports
from authwell.middleware.bearer import caller_token, require_scope
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits import limit_api
from authwell.routes.sessions import errors

blueprint = Blueprint("sessions", __name__)
errors.register(blueprint)

PATH = "/sessions"
ONE = f"{PATH}/<session_id>"
MAX_PAGE = 200
DEFAULT_PAGE = 100


@blueprint.get(PATH)
@limit_api
@require_scope("admin")
def list_sessions() -> Response:
    """A page of sessions, the latest first, and the cursor of the next; of one account if asked."""
    limit = _page_size(request.args.get("limit"))
    account_id, cursor = request.args.get("account_id"), request.args.get("cursor")
    found = _reports().list(_tenant_id(), account_id, cursor, limit + 1)
    page, more = found[:limit], found[limit:]
    return _json({"sessions": page, "next_cursor": page[-1]["id"] if more else None})


@blueprint.get(ONE)
@limit_api
@require_scope("admin")
def show_session(session_id: str) -> Response:
    """One session with its clients and what they were told of its end."""
    return _json(_found(session_id))


@blueprint.delete(ONE)
@limit_api
@require_scope("admin")
def end_session(session_id: str) -> Response:
    """End a session: its tokens end too, and its clients are told. Twice is as good as once."""
    found = _found(session_id)
    event = authorization_server().event("session.ended", data={"reason": "administrator"})
    ended = replace(
        event,
        session_id=found["id"],
        account_id=found["account_id"],
        actor=caller_token().subject,
    )
    if _reports().end(ended):
        site().outbox_bell.set()
    return Response(status=204)


def _found(session_id: str) -> dict[str, Any]:
    found = _reports().show(_tenant_id(), session_id)
    if found is None:
        raise Problem(404, "not_found", "There is no such session, or it was deleted.")
    return found


def _reports() -> SessionReports:
    return SessionReports(site().database)


def _tenant_id() -> str:
    return authorization_server().tenant.id


def _page_size(text: str | None) -> int:
    if text is None:
        return DEFAULT_PAGE
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_PAGE):
        raise Problem(400, "invalid_limit", f"limit must be from 1 to {MAX_PAGE}.")
    return int(text[:9])


def _json(body: Mapping[str, Any]) -> Response:
    response = Response(orjson.dumps(body), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
