"""The one mapping of the engine's errors to JSON, and their line in the log."""

from http import HTTPStatus

import orjson
from authlib.oauth2 import OAuth2Error
from flask import Response, request

from authwell.middleware.refusals import log_refusal
from authwell.protocol.errors import InvalidClient, OAuthError

RETRY_SECONDS = 3600
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class EngineError(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    """An error of the engine in the shape that Authlib's dispatcher passes on."""

    def __init__(self, error: OAuthError) -> None:
        """Take over code, status and public text; the reason is logged here and goes no further."""
        log_refusal(error.rule, error.reason, error.code)
        super().__init__(
            error=error.code, description=error.description, status_code=int(error.status)
        )
        self._challenges = isinstance(error, InvalidClient) and "Authorization" in request.headers

    def get_headers(self) -> list[tuple[str, str]]:
        """RFC 6749 section 5.2: a challenge where the Authorization header was tried."""
        headers = [("Content-Type", "application/json"), *NO_STORE.items()]
        if self._challenges:
            headers.append(("WWW-Authenticate", 'Basic realm="authwell", charset="UTF-8"'))
        return headers


def oauth_error(error: OAuthError) -> Response:
    """The same as JSON where Authlib does not dispatch (RFC 7591 section 3.2.2)."""
    log_refusal(error.rule, error.reason, error.code)
    body = {"error": error.code, "error_description": error.description}
    status = int(error.status)
    response = Response(orjson.dumps(body), status, mimetype="application/json", headers=NO_STORE)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
