"""A person's own sessions (REQUIREMENTS.md F1 to F6, K14); another's do not exist (SE-09)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from marshmallow import Schema, fields

from authwell.identity.administration.shown import moment
from authwell.identity.sessions.own import OwnSession, OwnSessions
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.operations import Needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.routes.users.parts import at_auth, at_users

READ: Final = Needs("read:sessions")
WRITE: Final = Needs("write:sessions")
_NOT_FOUND: Final = {404: "The account has no such session that stands"}


class SessionSchema(Schema):
    """A browser or a program that somebody is logged in with."""

    id = fields.String(required=True)
    device = fields.String(required=True, metadata={"description": "Such as Firefox on Linux"})
    device_id = fields.String(required=True, allow_none=True)
    user_agent = fields.String(required=True, allow_none=True)
    address = fields.String(required=True, allow_none=True)
    location = fields.String(required=True, allow_none=True)
    amr = fields.List(fields.String(), required=True, metadata={"description": "How (RFC 8176)"})
    created_at = fields.DateTime(required=True)
    last_seen_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    is_current = fields.Boolean(required=True)


class SessionsSchema(Schema):
    """All sessions that stand, the last seen first."""

    sessions = fields.List(fields.Nested(SessionSchema), required=True)


class EndedSchema(Schema):
    """How many sessions were ended."""

    ended = fields.Integer(required=True)


@at_users.add("GET", "/me/sessions", answer=SessionsSchema, needs=READ)
@at_auth.add("GET", "/sessions", answer=SessionsSchema, needs=READ)
def list_sessions() -> Mapping[str, Any]:
    """List where the caller is logged in."""
    caller = signed_in()
    found = _sessions().list(authorization_server(), caller.account, caller.session_id)
    return {"sessions": [_shown(session) for session in found]}


@at_auth.add("DELETE", "/sessions/all", answer=EndedSchema, needs=WRITE)
def end_all_sessions() -> Mapping[str, Any]:
    """Log out everywhere, here too."""
    return {"ended": _sessions().end_all(authorization_server(), signed_in().account)}


@at_users.add("DELETE", "/me/sessions", answer=EndedSchema, needs=WRITE)
def end_other_sessions() -> Mapping[str, Any]:
    """Log out everywhere else."""
    caller = signed_in()
    current = caller.session_id or ""
    return {"ended": _sessions().end_others(authorization_server(), caller.account, current)}


@at_users.add("DELETE", "/me/sessions/<session_id>", needs=WRITE, refusals=_NOT_FOUND)
@at_auth.add("DELETE", "/sessions/<session_id>", needs=WRITE, refusals=_NOT_FOUND)
def end_session(session_id: str) -> None:
    """Log out in one place."""
    if not _sessions().end(authorization_server(), signed_in().account, session_id):
        raise Problem(404, "not_found", "There is no such session, or it has ended.")


def _sessions() -> OwnSessions:
    return site().own_sessions


def _shown(session: OwnSession) -> dict[str, Any]:
    times = {
        name: moment(getattr(session, name))
        for name in ("created_at", "last_seen_at", "expires_at")
    }
    return {**asdict(session), "amr": list(session.amr), **times}
