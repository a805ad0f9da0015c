"""Errors that no view handles: a page for people, JSON for programs, a reason code for both.

Our JSON APIs answer with problems (RFC 9457), the OAuth endpoints with the standard's shape
(RFC 6749 section 5.2). Nothing of the inside is shown (THREATS.md HT-12).
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import orjson
from flask import Flask, Response, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from authwell.config.settings import Settings
from authwell.identity.passwords import TooBusy
from authwell.middleware.pages import error_page
from authwell.middleware.refusals import log_refusal
from authwell.middleware.reporting import report
from authwell.protocol.ports import StorageUnavailable
from authwell.utils.logs import get_logger

RETRY_SECONDS: Final = 5
_OAUTH: Final = ("/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/userinfo")
_REGISTRATION: Final = "/oauth/register"
_API: Final = (
    "/oauth/clients",
    "/.well-known/",
    "/health",
    "/metrics",
    "/api/",
    "/auth/",
    "/users",
)
_CODES: Final[Mapping[int, str]] = {
    400: "bad_request",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    411: "length_required",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "too_many_requests",
    500: "server_error",
    503: "unavailable",
}
_TEXTS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("The request is invalid", "The server cannot read what was sent."),
    403: ("This is not allowed", "You may not do this."),
    404: ("There is no such page", "The address is invalid, or the page is gone."),
    405: ("This is not allowed", "The address does not take this kind of request."),
    413: ("Too much was sent", "The request may have 64 KiB."),
    429: ("Too many requests", "Wait a moment, then try again."),
    500: ("Something went wrong", "An error happened on our side. Try again later."),
    503: ("Out of reach for a moment", "An error happened on our side. Try again in a moment."),
}

log = get_logger("errors")


class Problem(Exception):
    """What an API of ours answers with when it refuses (RFC 9457)."""

    def __init__(self, status: int, code: str, detail: str, **members: object) -> None:
        """Describe the refusal.

        Args:
            status: of HTTP.
            code: stable, for programs.
            detail: a sentence that says what to do, without secrets.
            members: more of the problem, such as `errors` by field.
        """
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.members = members


def init_app(app: Flask, _settings: Settings) -> None:
    """Answer errors of every kind."""
    app.register_error_handler(Problem, _of_problem)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(StorageUnavailable, _of_storage)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(kind, _of_storage)
    app.register_error_handler(TooBusy, _of_busy)
    app.register_error_handler(Exception, _of_fault)
    app.after_request(_take_the_rest)


def problem(status: int, code: str, detail: str, **members: object) -> Response:
    """Return a problem as JSON."""
    body = {
        "type": "about:blank",
        "title": _title(status),
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request.environ.get("authwell.request_id"),
        **members,
    }
    return _json(status, body, "application/problem+json")


def _take_the_rest(response: Response) -> Response:
    """Read what a refused request still brings.

    A server that is left with an unread body ends the connection after its answer, and with it
    the next request that the client has sent on it already.
    """
    if response.status_code >= 400 and request.method not in ("GET", "HEAD"):
        with suppress(HTTPException, OSError):
            request.stream.read(request.max_content_length or 0)
    return response


def _of_problem(error: Problem) -> Response:
    log_refusal(error.code, error.detail)
    return problem(error.status, error.code, error.detail, **error.members)


def _of_http(error: HTTPException) -> BaseResponse:
    """Keep the status and the headers of the error; a redirect stays what it is."""
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()
    code = getattr(error, "code_name", None) or _CODES.get(status, "refused")
    response = _answer(status, code, _own_text(error))
    for name, value in error.get_headers(request.environ):
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    log_refusal(code, error.name)
    return response


def _of_storage(error: Exception) -> Response:
    """A database that is away comes back: the same request may be sent again."""
    log.error("storage.unavailable", exc_info=error)
    response = _answer(503, "unavailable", None)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _of_busy(error: TooBusy) -> Response:
    """More passwords are sent than may be hashed at once (THREATS.md AU-10)."""
    log.warning("passwords.too_busy", path=request.path)
    response = _answer(503, "too_busy", "Too many passwords are being checked. Try again.")
    response.headers["Retry-After"] = str(int(error.retry_after.total_seconds()))
    return response


def _of_fault(error: Exception) -> Response:
    log.error("fault", path=request.path, exc_info=error)
    report(error)
    return _answer(500, "server_error", None)


def _answer(status: int, code: str, detail: str | None) -> Response:
    title, text = _TEXTS.get(status, (_title(status), "The server refuses this request."))
    text = detail or text
    path = request.environ["PATH_INFO"]
    if path in _OAUTH or path.startswith(_REGISTRATION):
        return _oauth(status, code, text)
    if path.startswith(_API) or not _wants_page():
        return problem(status, code, text)
    return error_page(status, code, title=title, message=text)


def _oauth(status: int, code: str, description: str) -> Response:
    error = {429: "temporarily_unavailable", 500: "server_error", 503: "temporarily_unavailable"}
    body = {
        "error": error.get(status, "invalid_request"),
        "error_description": description,
        "reason": code,
    }
    return _json(status, body, "application/json")


def _json(status: int, body: Mapping[str, Any], content_type: str) -> Response:
    response = Response(orjson.dumps(body), status, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def _own_text(error: HTTPException) -> str | None:
    """Return the description if it is a sentence of ours and not werkzeug's."""
    is_ours = type(error).__module__.startswith("authwell.")
    return error.description if is_ours or error.description != type(error).description else None


def _title(status: int) -> str:
    return _TEXTS.get(status, ("The request was refused", ""))[0]


def _wants_page() -> bool:
    offered = ("text/html", "application/json")
    return request.accept_mimetypes.best_match(offered) != "application/json"
