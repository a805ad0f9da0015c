"""Flask without what no view of ours uses: its cookie session and its asynchronous views."""

from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin

_NOTHING: Final = NullSession()


class _NoSession(SessionInterface):
    """No session of Flask's: ours live in the database (docs/decisions/0002-state-changes.md)."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """Give the one session that refuses every change; reading a cookie costs 25 us."""
        return _NOTHING

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save nothing."""


class Application(Flask):
    """The Flask application of Authwell."""

    session_interface = _NoSession()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: all of ours are synchronous, and asking each time costs 10 us."""
        return func
