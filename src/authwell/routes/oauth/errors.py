"""The one mapping of the engine's errors to responses, and their line in the log."""

from authlib.oauth2 import OAuth2Error
from flask import Response, request

from authwell.middleware.context import authorization_server
from authwell.middleware.pages import refusal_page
from authwell.middleware.replies import reply
from authwell.protocol.authorization.request import RefusedRequest
from authwell.protocol.authorization.response import refuse_request
from authwell.protocol.errors import InvalidClient, OAuthError, UnsafeRedirect
from authwell.utils.logs import get_logger

log = get_logger("oauth")

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


def log_refusal(rule: str, reason: str, error: str, client_id: str | None = None) -> None:
    """One line that `authwell explain` reads: which rule, and what was compared."""
    log.info(
        "refused",
        rule=rule,
        reason=reason,
        error=error,
        client_id=client_id,
        endpoint=request.path,
    )


def unsafe_redirect(error: UnsafeRedirect) -> Response:
    """A page of ours with 400 and no Location."""
    log_refusal(error.rule, error.reason, "unsafe_redirect")
    return refusal_page(error)


def refused_request(refused: RefusedRequest) -> Response:
    """Back to the client in the response mode of the request."""
    error = refused.error
    log_refusal(error.rule, error.reason, error.code, refused.client.client_id)
    return reply(refuse_request(authorization_server(), refused))
