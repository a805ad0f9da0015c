"""THREATS.md BR-02 and BR-09: a form comes from our page in the same browser."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authwell.middleware import csrf
from tests.middleware.application import application
from tests.middleware.wsgi import settings

LOCAL = {"ISSUER": "http://localhost:5000", "ENVIRONMENT": "development"}


def client(**changes: str) -> FlaskClient:
    configuration = settings(**changes)
    app: Flask = application(configuration)
    csrf.init_app(app, configuration)

    @app.get("/page")
    def page() -> str:
        return csrf.token()

    @app.get("/browser")
    def browser() -> str:
        return csrf.browser()

    @app.get("/json")
    def json() -> dict[str, str]:
        return {}

    @app.post("/page")
    def sent() -> str:
        csrf.check_csrf()
        return "done"

    return app.test_client()


def post(
    browser: FlaskClient, token: str | None, base_url: str = "http://localhost:5000", **headers: str
) -> int:
    fields = {} if token is None else {"csrf_token": token}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.post("/page", data=fields, headers=named, base_url=base_url).status_code


def token_of(browser: FlaskClient, base_url: str = "http://localhost:5000") -> str:
    return browser.get("/page", base_url=base_url).text


@pytest.mark.req("BR-02", "M10")
def test_a_form_of_our_page_is_taken() -> None:
    browser = client(**LOCAL)

    assert post(browser, token_of(browser)) == 200


@pytest.mark.req("BR-02")
@pytest.mark.parametrize("token", [None, "", "x", "é", "A" * 43])
def test_a_form_without_its_token_is_refused(token: str | None) -> None:
    browser = client(**LOCAL)
    token_of(browser)

    assert post(browser, token) == 400


@pytest.mark.req("BR-02", "BR-09")
def test_a_token_of_another_browser_is_refused() -> None:
    browser = client(**LOCAL)
    token_of(browser)

    assert post(browser, token_of(client(**LOCAL))) == 400


@pytest.mark.req("BR-02")
def test_a_form_without_the_cookie_is_refused() -> None:
    browser = client(**LOCAL)
    token = token_of(browser)
    browser.delete_cookie("aw-default-browser")

    assert post(browser, token) == 400


@pytest.mark.req("BR-02")
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec_Fetch_Site", "cross-site"),
        ("Sec_Fetch_Site", "same-site"),
        ("Origin", "https://evil.test"),
        ("Origin", "http://localhost:5001"),
        ("Origin", "https://localhost:5000"),
    ],
)
def test_a_form_that_the_browser_calls_foreign_is_refused(header: str, value: str) -> None:
    browser = client(**LOCAL)

    assert post(browser, token_of(browser), **{header: value}) == 400


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Sec_Fetch_Site", "same-origin"),
        ("Sec_Fetch_Site", "none"),
        ("Origin", "http://localhost:5000"),
        ("Origin", "null"),
    ],
)
def test_a_form_that_the_browser_calls_ours_is_taken(header: str, value: str) -> None:
    browser = client(**LOCAL)

    assert post(browser, token_of(browser), **{header: value}) == 200


@pytest.mark.req("SE-02")
def test_the_cookie_of_an_https_issuer_is_bound_to_its_host() -> None:
    response = client().get("/page", base_url="https://auth.acme.test")

    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-aw-default-browser=browser_")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


@pytest.mark.req("SE-02")
def test_the_cookie_of_a_loopback_issuer_has_no_prefix() -> None:
    cookie = client(**LOCAL).get("/page").headers["Set-Cookie"]

    assert cookie.startswith("aw-default-browser=browser_")
    assert "Secure" not in cookie
    assert "HttpOnly" in cookie


def test_the_cookie_is_sent_once() -> None:
    browser = client(**LOCAL)

    first, second = browser.get("/browser"), browser.get("/browser")

    assert len(first.headers.getlist("Set-Cookie")) == 1
    assert "Set-Cookie" not in second.headers
    assert first.text == second.text


@pytest.mark.req("SE-01", "BR-09")
@pytest.mark.parametrize("planted", ["x", "browser_short", "session_" + "A" * 43])
def test_a_planted_cookie_of_another_form_is_replaced(planted: str) -> None:
    browser = client(**LOCAL)
    browser.set_cookie("aw-default-browser", planted)

    assert browser.get("/browser").text != planted


def test_what_needs_no_browser_sets_no_cookie() -> None:
    assert "Set-Cookie" not in client(**LOCAL).get("/json").headers
