"""Security headers: everything that a page needs, and few that JSON needs (THREATS.md BR).

flask-talisman writes those of pages. Its work costs more than a whole machine endpoint may,
so answers that are no page get a fixed set instead.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, g, request
from flask_talisman import Talisman
from werkzeug.exceptions import BadRequest

from authwell.config.settings import Settings
from authwell.utils.urls import origin_of

_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
_KEPT_HERE: Final = {**_POLICY, "form-action": "'self'"}
_PERMISSIONS: Final = dict.fromkeys(
    ("camera", "geolocation", "microphone", "payment", "usb", "interest-cohort"), "()"
)
# A page that a client opened in a window of its own must keep its opener: the client waits for
# the answer there (`display=popup`).
_OPENED_BY_CLIENTS: Final = frozenset({"login", "oauth_authorize", "people"})
# Browsers apply form-action to the redirect behind a form as well, so the pages whose POST
# ends at a client have none (THREATS.md BR-05, CONFORMANCE.md section 3).
_END_AT_CLIENTS: Final = frozenset({"login", "oauth_authorize", "oauth_end_session", "people"})
_WITHOUT_TLS: Final = ("/health", "/metrics")
HSTS_SECONDS: Final = 31_536_000
HSTS: Final = f"max-age={HSTS_SECONDS}; includeSubDomains"
_OF_DATA: Final = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"))
_OF_DATA_OVER_TLS: Final = (*_OF_DATA, ("Strict-Transport-Security", HSTS))


def headers_of_data(environ: WSGIEnvironment, settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return the fixed set of an answer that is no page."""
    is_over_tls = settings.is_https and environ["wsgi.url_scheme"] == "https"
    if is_over_tls and not environ["PATH_INFO"].startswith(_WITHOUT_TLS):
        return _OF_DATA_OVER_TLS
    return _OF_DATA


class PageHeaders(Talisman):  # type: ignore[misc]
    """flask-talisman for pages only; DESIGN.md section 4 says what may be asked for in http."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._settings = settings
        super().__init__(
            app,
            force_https=settings.is_https,
            strict_transport_security=settings.is_https,
            strict_transport_security_max_age=HSTS_SECONDS,
            session_cookie_secure=settings.is_https,
            frame_options="DENY",
            content_security_policy=_KEPT_HERE,
            content_security_policy_nonce_in=["script-src"],
            permissions_policy=_PERMISSIONS,
            referrer_policy="no-referrer",
        )

    def _force_https(self) -> Response | None:
        environ = request.environ
        if not self._settings.is_https or environ["wsgi.url_scheme"] == "https":
            return None
        if environ["PATH_INFO"].startswith(_WITHOUT_TLS):
            return None
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            # A redirect would let a client go on that sends its secrets in the clear each time.
            raise BadRequest("Send this over https.")
        redirect: Response | None = super()._force_https()
        return redirect

    def _set_response_headers(self, response: Response) -> Response:
        headers = response.headers
        # Each look-up in werkzeug's headers is a search, so all of them are one.
        present = {name.lower(): value for name, value in headers}
        is_page = present.get("content-type", "").startswith("text/html")
        if is_page and not 300 <= response.status_code < 400:
            super()._set_response_headers(response)
            headers["Cross-Origin-Opener-Policy"] = _opener_policy()
        else:
            for name, value in headers_of_data(request.environ, self._settings):
                if name.lower() not in present:
                    headers.add(name, value)
        if "cache-control" not in present:
            headers.add("Cache-Control", "no-store")
        return response

    def _make_nonce(self) -> None:
        """Leave it to the page that asks for one."""

    def _get_nonce(self) -> str:
        super()._make_nonce()
        nonce: str = super()._get_nonce()
        return nonce

    def _get_local_options(self) -> dict[str, Any]:
        options: dict[str, Any] = dict(super()._get_local_options())
        if request.blueprint in _END_AT_CLIENTS:
            options["content_security_policy"] = _POLICY
        added: dict[str, str] = {}
        framed = g.get("framed_origins")
        if framed:
            added["frame-src"] = " ".join(framed)
        pictured = g.get("image_origins")
        if pictured:
            added["img-src"] = f"{_POLICY['img-src']} {' '.join(pictured)}"
        if g.get("may_fetch", False):
            added["connect-src"] = "'self'"
        if g.get("may_add_styles", False):
            options["content_security_policy_nonce_in"] = ["script-src", "style-src"]
            added["font-src"] = f"{_POLICY['font-src']} data:"
        if added:
            options["content_security_policy"] = {**options["content_security_policy"], **added}
        return options


def allow_frames(origins: Iterable[str]) -> None:
    """Let the page of this request load frames from these origins, and from no other."""
    g.framed_origins = sorted(set(origins))


def allow_image(uri: str) -> None:
    """Let the page of this request show a picture of another origin, if that is in due form."""
    with suppress(ValueError):
        g.setdefault("image_origins", []).append(origin_of(uri))


def allow_fetching() -> None:
    """Let the script of this request's page ask us, and nobody else."""
    g.may_fetch = True


def allow_added_styles() -> None:
    """Let scripts of this request's page add styles that carry its nonce, and fonts in them."""
    g.may_add_styles = True


def init_app(app: Flask, settings: Settings) -> None:
    """Put security headers on every response of the application."""
    PageHeaders(app, settings)


def _opener_policy() -> str:
    return "unsafe-none" if request.blueprint in _OPENED_BY_CLIENTS else "same-origin"
