"""Our pages: rendered with what the layout needs on each, in the reader's language."""

from collections.abc import Iterable
from http import HTTPStatus

from flask import Flask, Response, g, jsonify, make_response, render_template, request, url_for
from flask_babel import Babel, gettext, refresh
from jinja2 import StrictUndefined
from werkzeug.local import LocalProxy

from authwell import __version__
from authwell.config.settings import Settings
from authwell.identity.tenants.branding import Branding, branding_of
from authwell.middleware import csrf
from authwell.middleware.context import authorization_server
from authwell.middleware.headers import allow_image
from authwell.middleware.sentences import translated
from authwell.protocol.errors import UnsafeRedirect
from authwell.protocol.ports import StorageUnavailable
from authwell.utils.translations import FOLDER, best_of, direction


def init_app(app: Flask, _settings: Settings) -> None:
    """Let the application speak the reader's language; a page that lacks a value is an error."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["below"] = below
    Babel(app, locale_selector=language)


def below(path: str) -> str:
    """A path of ours with the prefix of the request's tenant; what has it, or is none, stays."""
    root = request.script_root
    if not root or not path.startswith("/") or path.startswith((f"{root}/", "//")):
        return path
    return root + path


def language() -> str:
    """The reader's language: what the client says (`ui_locales`), else what the browser says."""
    if "language" not in g:
        g.language = best_of((*g.get("ui_locales", ()), *request.accept_languages.values()))
    found: str = g.language
    return found


def prefer_languages(tags: Iterable[str]) -> None:
    """Let the request be answered in the first of these languages that we have."""
    g.ui_locales = tuple(tags)
    g.pop("language", None)
    refresh()


def render(
    template: str, *, status: HTTPStatus | int = HTTPStatus.OK, **values: object
) -> Response:
    """A page, which no cache keeps: it has a token in it, and often a name."""
    name, branding = _house()
    if branding.logo_uri is not None:
        allow_image(branding.logo_uri)
    page = render_template(
        template,
        tenant_name=name,
        tenant_logo=branding.logo_uri,
        theme_url=url_for("theme.stylesheet", v=branding.version) if branding.version else None,
        lang=language(),
        direction=direction(language()),
        # Asked for by forms only: a page without one needs no cookie.
        csrf_token=LocalProxy(csrf.token),
        static_url=static_url,
        request_id=request_id(),
        status=int(status),
        **values,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def error_page(
    status: HTTPStatus | int,
    rule: str,
    title: str,
    message: str,
    advice: str | None = None,
    again: tuple[str, str] | None = None,
) -> Response:
    """A refusal in words, with the code and the request that support needs to explain it.

    Whoever asks for JSON and not for a page gets the same as a problem (RFC 9457).

    Args:
        again: the name of the client, and where a new login begins.
    """
    if _wants_json():
        return _problem(int(status), rule, title, message)
    return render(
        "error.html",
        status=int(status),
        code=rule,
        title=title,
        message=message,
        advice=advice,
        again=again,
    )


def refusal_page(error: UnsafeRedirect) -> Response:
    """400 and no Location: what happened, and that the way leads back by the application."""
    return error_page(
        HTTPStatus.BAD_REQUEST,
        error.rule,
        gettext("This did not work"),
        translated(error.message),
        gettext(
            "Go back to the application and start again. If it happens again, "
            "tell its support the error code below."
        ),
        error.again,
    )


def static_url(name: str) -> str:
    """The address of a file of ours, which changes with the version, so that it may be cached."""
    return url_for("static", filename=name, v=__version__)


def request_id() -> str:
    """What the log knows this request by."""
    return str(request.environ.get("authwell.request_id", ""))


def _house() -> tuple[str, Branding]:
    """Whose page it is: the tenant's name and looks."""
    try:
        tenant = authorization_server().tenant
    except StorageUnavailable:
        # The page that says so needs a heading too.
        return "Authwell", Branding()
    return tenant.name, branding_of(tenant)


def _wants_json() -> bool:
    accepted = request.accept_mimetypes.best_match(("text/html", "application/json"))
    return accepted == "application/json"


def _problem(status: int, rule: str, title: str, detail: str) -> Response:
    response = jsonify(
        type="about:blank",
        title=title,
        status=status,
        detail=detail,
        code=rule,
        request_id=request_id(),
    )
    response.status_code = status
    response.content_type = "application/problem+json"
    response.headers["Cache-Control"] = "no-store"
    return response
