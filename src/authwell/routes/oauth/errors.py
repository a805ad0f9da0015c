"""The one mapping of the engine's errors to JSON, and their line in the log."""

from http import HTTPStatus

import orjson
from authlib.oauth2 import OAuth2Error
from flask import Response

from authwell.middleware.calls import JSON_NO_STORE, NO_STORE, Call
from authwell.middleware.refusals import log_refusal, note_refusal
from authwell.protocol.errors import InvalidClient, OAuthError

RETRY_SECONDS = 3600
CHALLENGE = ("WWW-Authenticate", 'Basic realm="authwell", charset="UTF-8"')


class EngineError(OAuth2Error):  # type: ignore[misc]  # Authlib has no types
    """An error of the engine in the shape that Authlib's dispatcher passes on."""

    def __init__(self, error: OAuthError, call: Call) -> None:
        """Take over code, status and public text; the reason is logged here and goes no further."""
        note_refusal(call.path, error.rule, error.reason, error.code)
        super().__init__(
            error=error.code, description=error.description, status_code=int(error.status)
        )
        self._challenges = isinstance(error, InvalidClient) and call.authorization is not None

    def get_headers(self) -> list[tuple[str, str]]:
        """RFC 6749 section 5.2: a challenge where the Authorization header was tried."""
        return [*JSON_NO_STORE, CHALLENGE] if self._challenges else [*JSON_NO_STORE]


def oauth_error(error: OAuthError) -> Response:
    """The same as JSON where Authlib does not dispatch (RFC 7591 section 3.2.2)."""
    log_refusal(error.rule, error.reason, error.code)
    body = {"error": error.code, "error_description": error.description}
    status = int(error.status)
    response = Response(orjson.dumps(body), status, mimetype="application/json", headers=NO_STORE)
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
