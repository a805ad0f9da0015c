"""Forms of ours come from our pages in the same browser (THREATS.md BR-02, BR-09).

A cookie names the browser before anyone logs in. The token in a form is a MAC of it, so
nothing is stored, and a token of another browser is worth nothing here.
"""

import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from hmac import new as new_mac
from typing import Final

from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest

from authwell.config.settings import Settings
from authwell.middleware.context import authorization_server, session_cookie_name, site
from authwell.protocol.ports import StorageUnavailable
from authwell.utils.randomness import new_secret

FIELD: Final = "csrf_token"
_PREFIX: Final = "browser"
_FORM: Final = re.compile(rf"{_PREFIX}_[A-Za-z0-9_-]{{43}}", re.ASCII)


class ForeignForm(BadRequest):
    """The form did not come from a page of ours in this browser."""

    code_name = "csrf"
    description = (
        "This form has expired or came from another place. Go back, reload the page and try again."
    )


@dataclass(frozen=True, slots=True)
class BrowserSecret:
    """What the browser's cookie holds, or will hold once `send` has put it on a response."""

    value: str
    is_new: bool
    cookie_name: str
    is_secure: bool

    def send(self, response: Response) -> Response:
        """Set the cookie if the browser does not have it yet."""
        if self.is_new and not g.get("browser_cookie_sent", False):
            g.browser_cookie_sent = True
            response.set_cookie(
                self.cookie_name,
                self.value,
                secure=self.is_secure,
                httponly=True,
                samesite="Lax",
                path="/",
            )
        return response


def init_app(app: Flask, _settings: Settings) -> None:
    """Send the cookie with every page that has a form's token in it."""
    app.after_request(_send_with_page)


def browser_secret() -> BrowserSecret:
    """Return this browser's secret, a new one if it has none; the same all through a request."""
    found: BrowserSecret | None = g.get("browser_secret")
    if found is None:
        is_secure = site().is_secure
        name = f"aw-{authorization_server().tenant.slug}-browser"
        name = f"__Host-{name}" if is_secure else name
        cookie = request.cookies.get(name, "")
        is_new = _FORM.fullmatch(cookie) is None
        found = BrowserSecret(new_secret(_PREFIX) if is_new else cookie, is_new, name, is_secure)
        g.browser_secret = found
    return found


def browser() -> str:
    """Return the secret that names this browser."""
    return browser_secret().value


def token() -> str:
    """Return the token for the forms of this browser while the same session is in it.

    The browser's secret outlives a login, because waiting requests are bound to it. So the
    session is a part of the token: one that was seen before a login is worthless after it,
    and a page that was shown to one person is never answered as another.

    A page that says that the database is away has no form, and gets none.
    """
    if "csrf_token" not in g:
        g.csrf_token = _token()
    found: str = g.csrf_token
    return found


def _token() -> str:
    try:
        named = f"{browser()} {request.cookies.get(session_cookie_name(), '')}"
    except StorageUnavailable:
        return ""
    mac = new_mac(site().sealer.derive("csrf"), named.encode("utf-8", "replace"), sha256)
    return urlsafe_b64encode(mac.digest()).decode().rstrip("=")


def check_csrf() -> None:
    """Refuse a POST that did not come from a page of ours in this browser.

    Raises:
        ForeignForm: the token is missing or another browser's, or the browser says that
            another site sent the form.
    """
    sent = request.form.get(FIELD, "")
    if browser_secret().is_new or not compare_digest(sent.encode(), token().encode()):
        raise ForeignForm
    if not is_from_here():
        raise ForeignForm


def _send_with_page(response: Response) -> Response:
    found: BrowserSecret | None = g.get("browser_secret")
    return response if found is None else found.send(response)


def is_from_here() -> bool:
    """Whether the browser says that a page of ours sent this.

    Our pages send no referrer, so their Origin may be `null`.
    """
    fetched_from = request.headers.get("Sec-Fetch-Site")
    if fetched_from is not None:
        return fetched_from in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    own = {None, "null", site().settings.issuer, f"{request.scheme}://{request.host}"}
    return origin in own
