"""Sample values for every template, and a small Flask application that renders them.

The application answers with the content security policy that the pages are written for, so a
browser that opens them reports what the policy would block.
"""

import mimetypes
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import flask
from flask_babel import Babel
from flask_talisman import Talisman
from jinja2 import StrictUndefined

import authwell
from authwell.identity.factors.totp import Setup
from authwell.middleware.pages import below
from tests.routes.pages.account_samples import ACCOUNT_PAGES
from tests.routes.pages.console_samples import CONSOLE_PAGES

PACKAGE = Path(authwell.__path__[0])
REQUEST_ID = "01932f6e-8a52-7c3e-9c41-5f0d7a6b2e11"
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "font-src": "'self'",
    "img-src": "'self' data:",
    "script-src": "",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


@dataclass(frozen=True, slots=True)
class ClientView:
    name: str
    logo_uri: str | None = None
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    is_verified: bool = True


@dataclass(frozen=True, slots=True)
class ScopeView:
    name: str
    description: str
    is_new: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class AccountView:
    id: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Page:
    """One state of one template; `name` is the last part of its address here."""

    name: str
    template: str
    values: Mapping[str, object]


CLIENT = ClientView(
    name="Fernwood Library",
    client_uri="https://library.example",
    policy_uri="https://library.example/privacy",
    tos_uri="https://library.example/terms",
)
SCOPES = (
    ScopeView("openid", "Know who you are", required=True),
    ScopeView("profile", "See your name and picture", required=True),
    ScopeView("email", "See your email address"),
    ScopeView("loans", "Borrow and return books in your name", is_new=True),
)
ACCOUNTS = (
    AccountView("a1", "Alice Example", "alice@fernwood.example"),
    AccountView("a2", "Alice at work", "alice.example@consultancy.example"),
)
LOG_IN: Mapping[str, object] = {
    "action": "/sent",
    "part": "both",
    "other_name": "/login",
    "client": CLIENT,
    "username": "",
    "error": None,
    "field_errors": {},
    "may_cancel": True,
    "create_account": None,
    "recover": "/recover",
    "resend": None,
    "reauthenticate": False,
    "account_name": None,
    "passkey": None,
    "magic_link": "/sent",
    "display": "page",
}
MAGIC_LINK: Mapping[str, object] = {
    "action": "/sent",
    "login": "/sent",
    "again": "/sent",
    "client": CLIENT,
    "email": "",
    "field_errors": {},
    "asking": "amw_sample",
    "token": "aml_sample",
    "code": None,
    "display": "page",
}
REGISTER: Mapping[str, object] = {
    "action": "/sent",
    "client": CLIENT,
    "typed": {"full_name": "", "username": "", "email": ""},
    "field_errors": {},
    "password_help": "Use at least 8 characters. Use a digit.",
    "may_cancel": True,
    "log_in": "/login",
    "display": "page",
}
INVITATION: Mapping[str, object] = {
    "action": "/invitation",
    "token": "invite_1",
    "message": "You are invited to Acme as alice@example.com.",
    "typed": {"full_name": "", "username": "alice@example.com"},
    "client": None,
    "display": "page",
    "field_errors": {},
    "password_help": "Use at least 8 characters.",
}
FIRST_ADMINISTRATOR: Mapping[str, object] = {
    "action": "/sent",
    "client": None,
    "username": "",
    "field_errors": {"password": "Use a digit."},
    "password_help": "Use at least 8 characters. Use a digit.",
    "display": "page",
}
CONFIRM: Mapping[str, object] = {
    "action": "/sent",
    "client": CLIENT,
    "title": "Confirm your email address",
    "message": "You confirm that alice@fernwood.example is your address.",
    "label": "Confirm",
    "token": "token",
    "username": "alice",
    "password_help": "Use at least 8 characters. Use a digit.",
    "field_errors": {},
    "display": "page",
}
RECOVER: Mapping[str, object] = {
    "action": "/sent",
    "client": CLIENT,
    "title": "Forgot your password?",
    "message": "Enter the address of your account. A mail will let you choose another.",
    "label": "Send the mail",
    "email": "",
    "log_in": "/login",
    "field_errors": {},
    "display": "page",
}
CONSENT: Mapping[str, object] = {
    "action": "/sent",
    "client": CLIENT,
    "client_host": "library.example",
    "account_name": "Alice Example",
    "scopes": SCOPES,
    "resources": ["Fernwood Catalogue"],
    "offline": True,
}
ERROR: Mapping[str, object] = {
    "title": "This link does not lead back safely",
    "message": "The application asked us to send you to an address that it has not registered.",
    "advice": "Go back to the application and try again. If this stays, tell its support the code below.",
    "again": None,
    "code": "redirect_uri_mismatch",
    "status": 400,
}
SECOND_FACTOR: Mapping[str, object] = {
    "action": "/sent",
    "client": CLIENT,
    "error": None,
    "account_name": "Alice Example",
    "takes_codes": True,
    "has_app": True,
    "trust_days": 30,
    "passkey": None,
}
SECRET = "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
ENROLMENT: Mapping[str, object] = {
    "action": "/sent",
    "client": CLIENT,
    "error": None,
    "account_name": "Alice Example",
    "setup": Setup(SECRET, "otpauth://totp/Fernwood:alice?secret=GEZDGNBVGY3TQOJQ&issuer=Fernwood"),
    "passkey": None,
    "passkey_name": "Passkey",
}
CODES = tuple(f"abcd-efgh-ijkl-mno{number}" for number in range(2, 8))
PAGES = (
    Page("login", "login.html", LOG_IN),
    Page(
        "login-refused",
        "login.html",
        {
            **LOG_IN,
            "username": "alice@fernwood.example",
            "error": "That user name and password do not belong together. Try again.",
        },
    ),
    Page(
        "login-incomplete",
        "login.html",
        {**LOG_IN, "field_errors": {"username": "Enter your email.", "password": "Enter it."}},
    ),
    Page(
        "login-again",
        "login.html",
        {**LOG_IN, "username": "alice", "reauthenticate": True, "account_name": "Alice Example"},
    ),
    Page("login-name", "login.html", {**LOG_IN, "part": "name"}),
    Page("login-proof", "login.html", {**LOG_IN, "part": "proof", "username": "alice"}),
    Page(
        "login-or-register", "login.html", {**LOG_IN, "create_account": "/sent", "resend": "/sent"}
    ),
    Page("register", "people/register.html", REGISTER),
    Page(
        "register-refused",
        "people/register.html",
        {
            **REGISTER,
            "client": None,
            "typed": {"full_name": "Alice Example", "username": "alice", "email": "alice"},
            "field_errors": {"email": "Enter an address.", "password": "Use a digit."},
        },
    ),
    Page("invitation", "people/invitation.html", INVITATION),
    Page("first_administrator", "people/first_administrator.html", FIRST_ADMINISTRATOR),
    Page(
        "invitation-refused",
        "people/invitation.html",
        {**INVITATION, "field_errors": {"username": "It is taken.", "password": "Use a digit."}},
    ),
    Page("confirm", "people/confirm.html", {**CONFIRM, "password_help": None}),
    Page("confirm-with-password", "people/confirm.html", CONFIRM),
    Page(
        "confirm-refused",
        "people/confirm.html",
        {**CONFIRM, "client": None, "field_errors": {"password": "Use a digit."}},
    ),
    Page("recover", "people/address.html", RECOVER),
    Page(
        "recover-refused",
        "people/address.html",
        {**RECOVER, "field_errors": {"email": "Enter an address."}},
    ),
    Page(
        "check-mail",
        "people/said.html",
        {
            "title": "Check your mail",
            "message": "We have sent a mail to the address that you gave.",
            "label": "Send it again",
            "href": "/sent",
        },
    ),
    Page("login-alone", "login.html", {**LOG_IN, "client": None, "may_cancel": False}),
    Page("magic-link-ask", "magic_link/ask.html", MAGIC_LINK),
    Page(
        "magic-link-refused",
        "magic_link/ask.html",
        {**MAGIC_LINK, "client": None, "field_errors": {"email": "Enter it."}},
    ),
    Page("magic-link-sent", "magic_link/sent.html", MAGIC_LINK),
    Page(
        "magic-link-wrong-code",
        "magic_link/sent.html",
        {**MAGIC_LINK, "field_errors": {"code": "This code is wrong, or too old."}},
    ),
    Page("magic-link-here", "magic_link/here.html", MAGIC_LINK),
    Page("magic-link-elsewhere", "magic_link/elsewhere.html", MAGIC_LINK),
    Page("magic-link-code", "magic_link/elsewhere.html", {**MAGIC_LINK, "code": "031942"}),
    Page("consent", "consent.html", CONSENT),
    Page(
        "consent-small",
        "consent.html",
        {**CONSENT, "scopes": SCOPES[:1], "resources": [], "offline": False},
    ),
    Page(
        "consent-unverified",
        "consent.html",
        {
            **CONSENT,
            "client": ClientView(
                "Fernwood Library Quick Loans",
                logo_uri="/static/mark.svg",
                policy_uri="https://loans.example/privacy",
                is_verified=False,
            ),
            "client_host": "loans.example",
        },
    ),
    Page(
        "login-logo",
        "login.html",
        {**LOG_IN, "client": replace(CLIENT, logo_uri="/static/mark.svg")},
    ),
    Page(
        "select-account",
        "select_account.html",
        {"action": "/sent", "client": CLIENT, "accounts": ACCOUNTS},
    ),
    Page(
        "logout",
        "logout.html",
        {
            "action": "/sent",
            "fields": [("state", "s")],
            "client": CLIENT,
            "account_name": "Alice Example",
        },
    ),
    Page(
        "logged-out", "logged_out.html", {"client_link": ("Fernwood Library", "https://a.example")}
    ),
    Page(
        "logged-out-everywhere",
        "logging_out.html",
        {"location": None, "frames": (), "seconds": 5},
    ),
    Page(
        "logging-out",
        "logging_out.html",
        {"location": "/sent?state=s&x=1", "frames": (), "seconds": 5},
    ),
    Page("error", "error.html", ERROR),
    Page(
        "error-again",
        "error.html",
        {**ERROR, "again": ("Fernwood Library", "https://library.example/login")},
    ),
    Page(
        "form-post",
        "form_post.html",
        {"action": "/sent", "fields": [("code", "ac_4kE"), ("state", 'x"y<z')]},
    ),
    Page(
        "home",
        "home.html",
        {
            "issuer": "https://login.fernwood.example",
            "discovery_url": "https://login.fernwood.example/.well-known/openid-configuration",
            "version": "0.1.0",
            "accounts_url": "/account",
        },
    ),
    Page("second-factor", "second_factor.html", SECOND_FACTOR),
    Page(
        "second-factor-wrong",
        "second_factor.html",
        {**SECOND_FACTOR, "error": "The code is wrong, or was used before. Try the next one."},
    ),
    Page("enrol-factor", "enrol_factor.html", ENROLMENT),
    Page("backup-codes", "backup_codes.html", {"client": CLIENT, "codes": CODES, "next": "/"}),
    *(Page(*sample) for sample in ACCOUNT_PAGES),
    *(Page(*sample) for sample in CONSOLE_PAGES),
)
# Those that do not go on by themselves.
STILL = [page for page in PAGES if page.name not in {"form-post", "logging-out"}]


def everywhere(lang: str) -> Mapping[str, object]:
    """What the layout needs on every page."""
    return {
        "tenant_name": "Fernwood",
        "tenant_logo": None,
        "theme_url": None,
        "lang": lang,
        "direction": "ltr",
        "csrf_token": "csrf-1",
        "request_id": REQUEST_ID,
        "static_url": lambda name: f"/static/{name}",
    }


def sample_app(change: Callable[[object], object] = lambda values: values) -> flask.Flask:
    """An application with `/<language>/<page>` for each page, and `/sent` that prints a form.

    Args:
        change: what to make of the values of a page before it is rendered.
    """
    app = flask.Flask("pages", template_folder=PACKAGE / "templates", static_folder=None)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["below"] = below
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(PACKAGE / "translations")
    Babel(app, locale_selector=lambda: (flask.request.view_args or {}).get("lang", "en"))
    Talisman(
        app,
        force_https=False,
        session_cookie_secure=False,
        content_security_policy=POLICY,
        content_security_policy_nonce_in=["script-src"],
        referrer_policy="no-referrer",
    )
    pages = {page.name: page for page in PAGES}

    @app.get("/static/<path:name>")
    def static(name: str) -> flask.Response:
        # Read at once: a browser that goes away leaves no open file behind.
        kind, _ = mimetypes.guess_type(name)
        return flask.Response((PACKAGE / "static" / name).read_bytes(), mimetype=kind)

    @app.get("/<lang>/<name>")
    def show(lang: str, name: str) -> str:
        page = pages[name]
        values = cast("dict[str, object]", change({**everywhere(lang), **page.values}))
        return flask.render_template(page.template, **values)

    @app.post("/sent")
    def sent() -> flask.Response:
        return flask.jsonify(list(flask.request.form.items(multi=True)))

    return app
