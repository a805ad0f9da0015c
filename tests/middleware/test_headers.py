"""Security headers: all of them on pages, a fixed few on everything else."""

import re

import pytest
from flask import Blueprint, Flask, Response, redirect, render_template_string
from flask.testing import FlaskClient
from werkzeug.wrappers import Response as BaseResponse

from authwell.middleware import headers
from tests.middleware.application import application
from tests.middleware.wsgi import settings

HTTPS = {"ISSUER": "https://auth.acme.test"}
HTTP = {"ISSUER": "http://localhost:5000"}
OVER_TLS = {"wsgi.url_scheme": "https"}


def client(configuration: dict[str, str]) -> FlaskClient:
    app = application(settings(**configuration))
    headers.init_app(app, settings(**configuration))
    _add_views(app)
    return app.test_client()


def _add_views(app: Flask) -> None:
    login = Blueprint("login", __name__)

    @login.get("/login")
    def page() -> str:
        return render_template_string('<script nonce="{{ csp_nonce() }}"></script>')

    app.register_blueprint(login)

    @app.get("/account")
    def account() -> str:
        return "<h1>Account</h1>"

    @app.get("/json")
    def json() -> dict[str, str]:
        return {"a": "b"}

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/away")
    def away() -> BaseResponse:
        return redirect("https://rp.test/cb", 303)

    @app.get("/cached")
    def cached() -> Response:
        return Response("{}", headers={"Cache-Control": "public, max-age=300"})


def policy(response: BaseResponse) -> dict[str, str]:
    parts = [
        part.split(maxsplit=1) for part in response.headers["Content-Security-Policy"].split(";")
    ]
    return {part[0]: part[1] if len(part) > 1 else "" for part in parts}


@pytest.mark.req("BR-01", "BR-05", "BR-13", "SE-11", "RU-18", "M9")
def test_a_page_has_every_security_header() -> None:
    response = client(HTTPS).get("/account", environ_overrides=OVER_TLS)

    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cache-Control"] == "no-store"
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    directives = policy(response)
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["base-uri"] == "'none'"
    assert directives["form-action"] == "'self'"
    assert not any("unsafe" in value for value in directives.values())


@pytest.mark.req("BR-05")
def test_a_script_of_a_page_has_the_nonce_of_its_policy() -> None:
    browser = client(HTTPS)
    first, second = (browser.get("/login", environ_overrides=OVER_TLS) for _ in range(2))

    [nonce] = re.findall('nonce="(.+)"', first.text)
    assert policy(first)["script-src"] == f"'nonce-{nonce}'"
    assert nonce not in second.text
    assert len(nonce) >= 22


@pytest.mark.req("BR-05", "RU-13")
def test_a_page_whose_form_ends_at_a_client_does_not_hold_it_back() -> None:
    assert "form-action" not in policy(client(HTTP).get("/login"))


@pytest.mark.req("BR-13", "BR-14")
def test_json_has_the_few_headers_that_it_needs() -> None:
    response = client(HTTPS).get("/json", environ_overrides=OVER_TLS)

    names = {name for name, _ in response.headers}
    assert names == {
        "Content-Type",
        "Content-Length",
        "Cache-Control",
        "X-Content-Type-Options",
        "Referrer-Policy",
        "Strict-Transport-Security",
    }
    assert response.headers["Cache-Control"] == "no-store"


def test_a_redirect_is_no_page() -> None:
    response = client(HTTP).get("/away")

    assert "X-Frame-Options" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_a_view_decides_how_its_answer_is_cached() -> None:
    assert client(HTTP).get("/cached").headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.req("M11")
def test_plain_http_is_sent_to_https() -> None:
    response = client(HTTPS).get("/account", base_url="http://auth.acme.test")

    assert response.status_code == 302
    assert response.headers["Location"] == "https://auth.acme.test/account"


@pytest.mark.req("M11")
def test_what_was_posted_in_plain_http_is_refused() -> None:
    response = client(HTTPS).post("/account", base_url="http://auth.acme.test")

    assert response.status_code == 400
    assert "Location" not in response.headers


@pytest.mark.req("M11", "N9")
def test_health_answers_in_plain_http_without_hsts() -> None:
    browser = client(HTTPS)

    for scheme in ("http", "https"):
        response = browser.get("/health", base_url=f"{scheme}://10.0.0.7")
        assert response.status_code == 200
        assert "Strict-Transport-Security" not in response.headers


def test_an_http_issuer_has_neither_redirect_nor_hsts() -> None:
    browser = client(HTTP)

    for path in ("/account", "/json"):
        response = browser.get(path)
        assert response.status_code == 200
        assert "Strict-Transport-Security" not in response.headers


def test_what_we_override_is_what_talisman_has() -> None:
    names = {"_force_https", "_set_response_headers", "_make_nonce", "_get_nonce",
             "_get_local_options"}  # fmt: skip

    [base] = headers.PageHeaders.__bases__
    assert all(callable(getattr(base, name)) for name in names)
    assert names == {name for name in vars(headers.PageHeaders) if name.startswith("_")} & names
