"""`/oauth/session`: the frame of OpenID Connect Session Management 1.0 section 3.2.

The one page of ours that any site may frame. It has nothing in it but a script, which its content
security policy names by a hash, sets no cookie, and caches keep it.
"""

from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any, Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from authwell.middleware.context import authorization_server, browser_state_cookie_name
from authwell.middleware.limits.decorators import limit_address
from authwell.protocol import session_state
from authwell.protocol.discovery import CHECK_SESSION

blueprint = Blueprint("oauth_check_session", __name__)

SCRIPT: Final = (Path(__file__).parents[2] / "static/check_session.js").read_text(encoding="utf-8")
POLICY: Final = {
    "default-src": "'none'",
    "script-src": f"'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}'",
    "base-uri": "'none'",
    "form-action": "'none'",
}
_PAGE: Final = (
    '<!doctype html><html lang="en" data-cookie="{cookie}"><meta charset="utf-8">'
    "<title>Session</title><script>{script}</script>"
)


@blueprint.get(CHECK_SESSION)
@limit_address
def check_session() -> Response:
    """The frame, of tenants that offer session management."""
    if not session_state.is_offered(authorization_server().tenant):
        raise NotFound
    body = _PAGE.format(cookie=escape(browser_state_cookie_name()), script=SCRIPT)
    response = Response(body, mimetype="text/html")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.add_etag()
    response.make_conditional(request)
    return response


# What flask-talisman asks of the view that answers.
_options: dict[str, Any] = {
    "frame_options": None,
    "content_security_policy": POLICY,
    "content_security_policy_nonce_in": [],
}
check_session.talisman_view_options = _options  # type: ignore[attr-defined]
