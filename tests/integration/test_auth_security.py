"""The security of logging in, through the whole application on a fresh SQLite for each test."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts import databases
from tests.support.application import CALLBACK, PASSWORD, VERIFIER, Application, make_application


@pytest.fixture
def application() -> Iterator[Application]:
    """The application on a database of its own."""
    url = databases.create("sqlite")
    yield make_application(url)
    databases.drop(url)


def log_in(browser: FlaskClient, password: str) -> TestResponse:
    """Send the login form."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/login").text)
    assert token is not None
    form = {"csrf_token": token[1], "username": "alice", "password": password}
    return browser.post("/login", data=form)


@pytest.mark.req("O24", "SE-02")
def test_a_login_sets_a_cookie_that_scripts_cannot_read(application: Application) -> None:
    response = log_in(application.app.test_client(), PASSWORD)

    cookie = next(value for name, value in response.headers if name == "Set-Cookie")
    assert response.status_code == 303
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.req("O24")
def test_a_wrong_password_logs_nobody_in(application: Application) -> None:
    browser = application.app.test_client()

    response = log_in(browser, "wrong")

    assert response.status_code != 303
    location = application.authorize(browser).headers["Location"]
    assert location.startswith("/login?")


@pytest.mark.req("O24", "Q-ACCOUNT_LOCKOUT_ATTEMPTS")
def test_an_account_is_locked_after_five_failures(application: Application) -> None:
    for _ in range(5):
        log_in(application.app.test_client(), "wrong")

    assert log_in(application.app.test_client(), PASSWORD).status_code != 303


@pytest.mark.req("O24", "CD-01")
def test_a_stolen_code_is_worth_nothing_after_its_use(application: Application) -> None:
    browser = application.logged_in()
    location = application.authorize(browser).headers["Location"]
    form = {
        "grant_type": "authorization_code",
        "code": dict(parse_qsl(urlsplit(location).query))["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    first = browser.post("/oauth/token", data=form, auth=application.client)

    second = browser.post("/oauth/token", data=form, auth=application.client)

    bearer = {"Authorization": f"Bearer {first.get_json()['access_token']}"}
    assert second.get_json()["error"] == "invalid_grant"
    assert browser.get("/oauth/userinfo", headers=bearer).status_code == 401


@pytest.mark.req("O24", "BR-02")
def test_a_form_without_its_token_is_refused(application: Application) -> None:
    form = {"username": "alice", "password": PASSWORD}

    assert application.app.test_client().post("/login", data=form).status_code == 400
