"""Flask without what no view of ours uses, and with what each of them relies on."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.routing import Map, PathConverter, UnicodeConverter
from werkzeug.utils import cached_property

from authwell.utils.foreign_json import ZERO, has_zero

_NOTHING: Final = NullSession()


class ZeroCharacter(BadRequest):
    """A parameter has the character U+0000, which no text has, and no column of PostgreSQL."""

    code_name = "invalid_request"
    description = "What was sent has the character U+0000."

    def __init__(self, names: Sequence[str]) -> None:
        """Name the parameters."""
        super().__init__()
        self.names = names


class CleanRequest(Request):
    """A request whose parameters can be kept: what cannot is refused by who reads it first."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The parameters of the URL."""
        found = super().args
        _require_no_zero(found)
        return found

    def _load_form_data(self) -> None:
        is_new = "form" not in self.__dict__
        super()._load_form_data()
        if is_new:
            _require_no_zero(self.form)


class _PathPart(UnicodeConverter):
    """A part of a path: nothing has a name with U+0000, so no route leads there."""

    def __init__(self, rules: Map, *lengths: int, **named: int) -> None:
        """Take what a rule says of the length."""
        super().__init__(rules, *lengths, **named)
        self.regex = self.regex.replace("[^/]", f"[^/{ZERO}]")


class _PathRest(PathConverter):
    """The same of all that is left of a path."""

    regex = f"[^/{ZERO}][^{ZERO}]*?"


class _NoSession(SessionInterface):
    """No session of Flask's: ours live in the database (docs/decisions/0002-state-changes.md)."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        """Give the one session that refuses every change; reading a cookie costs 25 us."""
        return _NOTHING

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Save nothing."""


class Application(Flask):
    """The Flask application of Authwell."""

    request_class = CleanRequest
    session_interface = _NoSession()

    def __init__(self, name: str) -> None:
        """Begin without routes."""
        super().__init__(name)
        self.url_map.converters["default"] = _PathPart
        self.url_map.converters["path"] = _PathRest

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: all of ours are synchronous, and asking each time costs 10 us."""
        return func


def _require_no_zero(found: MultiDict[str, str]) -> None:
    names = [name for name, values in found.lists() if has_zero((name, *values))]
    if names:
        raise ZeroCharacter(names)
