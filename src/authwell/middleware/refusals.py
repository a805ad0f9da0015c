"""Refusals: their one line in the log, and the two ways in which a browser sees one."""

from flask import Response, request

from authwell.middleware.context import (
    authorization_server,
    current_session,
    keep_browser_state,
)
from authwell.middleware.metrics import count_block
from authwell.middleware.pages import refusal_page
from authwell.middleware.replies import reply
from authwell.protocol.authorization.request import RefusedRequest
from authwell.protocol.authorization.response import PERSONAL, refuse_request
from authwell.protocol.errors import UnsafeRedirect
from authwell.utils.logs import get_logger

log = get_logger("refusals")


def log_refusal(
    rule: str, reason: str, error: str | None = None, client_id: str | None = None
) -> None:
    """The line that `authwell explain` reads: which rule failed, and what was compared.

    A warning, because production logs these and somebody is waiting for the answer; the log
    itself keeps a flood of them out.
    """
    note_refusal(request.path, rule, reason, error, client_id)


def note_refusal(
    path: str, rule: str, reason: str, error: str | None = None, client_id: str | None = None
) -> None:
    """The same for an endpoint that is named by its path."""
    count_block(rule)
    log.warning(
        "refused", rule=rule, reason=reason, error=error, client_id=client_id, endpoint=path
    )


def unsafe_redirect(error: UnsafeRedirect) -> Response:
    """A page of ours with 400 and no Location."""
    log_refusal(error.rule, error.reason, "unsafe_redirect")
    return refusal_page(error)


def refused_request(refused: RefusedRequest) -> Response:
    """Back to the client in the response mode of the request."""
    error = refused.error
    log_refusal(error.rule, error.reason, error.code, refused.client.client_id)
    # Whoever is refused for these has been looked at already: it costs nothing more.
    session = current_session() if error.code in PERSONAL else None
    response = reply(refuse_request(authorization_server(), refused, session))
    if error.code in PERSONAL:
        keep_browser_state(response, session)
    return response
