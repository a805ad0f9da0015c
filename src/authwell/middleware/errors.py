"""Errors that no view handles: a page for people, JSON for programs, a reason code for both.

Our JSON APIs answer with problems (RFC 9457), the OAuth endpoints with the standard's shape
(RFC 6749 section 5.2). Nothing of the inside is shown (THREATS.md HT-12).
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from authwell.config.settings import Settings
from authwell.middleware.failures import Failure, failure_of, oauth_failure, texts_of
from authwell.middleware.pages import error_page
from authwell.middleware.refusals import log_refusal
from authwell.middleware.replies import response_of

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
    "/sessions",
    "/companies",
    "/webhook-endpoints",
    "/keys",
    "/scopes",
    "/roles",
    "/permissions",
    "/resources",
    "/groups",
    "/access/",
    "/oauth/resources",
    "/webhooks/",
    "/integrations",
    "/openapi.json",
)


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
    app.register_error_handler(Exception, _of_any)
    app.after_request(_take_the_rest)


def problem(status: int, code: str, detail: str, **members: object) -> Response:
    """Return a problem as JSON."""
    body = {
        "type": "about:blank",
        "title": texts_of(status)[0],
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


def _of_any(error: Exception) -> BaseResponse:
    """Answer an error; a redirect stays what it is."""
    if isinstance(error, HTTPException):
        is_made = error.response is not None
        if is_made or (error.code or 500) < 400:
            return error.get_response()
    failure = failure_of(error, request.environ)
    response = _answer(failure)
    for name, value in failure.headers:
        response.headers[name] = value
    return response


def _answer(failure: Failure) -> Response:
    title, text = texts_of(failure.status)
    text = failure.detail or text
    path = request.environ["PATH_INFO"]
    if path in _OAUTH or path.startswith(_REGISTRATION):
        return response_of(oauth_failure(failure))
    if path.startswith(_API) or not _wants_page():
        return problem(failure.status, failure.code, text)
    return error_page(failure.status, failure.code, title=title, message=text)


def _json(status: int, body: Mapping[str, Any], content_type: str) -> Response:
    response = Response(orjson.dumps(body), status, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    return response


def _wants_page() -> bool:
    offered = ("text/html", "application/json")
    return request.accept_mimetypes.best_match(offered) != "application/json"
