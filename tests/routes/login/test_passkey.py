"""Passkeys on the pages: the login page's, and those of the account."""

import json
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.routes.login.conftest import ISSUER, Clock, Here, MakeHere, at
from tests.support.authenticator import PRESENT, Authenticator
from tests.support.browser import Browser, answer, form_with, has_form

PASSKEYS = f"{ISSUER}/account/passkeys"


@pytest.fixture
def here(make_here: MakeHere) -> Here:
    return make_here()


def begin(browser: Browser, page: httpx2.Response, path: str) -> httpx2.Response:
    """Ask for options as the script does."""
    form = form_with(page, "credential")
    fields = {"csrf_token": form.value("csrf_token"), "credential": ""}
    return browser.request("POST", f"{ISSUER}{path}", data=fields)


def register(here: Here, browser: Browser, **members: Any) -> tuple[Authenticator, httpx2.Response]:
    """Log in by password and add a passkey."""
    here.log_in(browser)
    page = browser.open(PASSKEYS)
    key = Authenticator(ISSUER, **members)
    made = key.create(begin(browser, page, "/account/passkeys/options").json())
    form = {"credential": json.dumps(made), "passkey_name": "Phone"}
    return key, browser.submit(page, form, form=form_with(page, "credential"))


def log_in_by(
    browser: Browser,
    page: httpx2.Response,
    key: Authenticator,
    path: str = "/login/passkey/options",
) -> httpx2.Response:
    made = key.get(begin(browser, page, path).json())
    form = form_with(page, "credential")
    return browser.submit(page, {"credential": json.dumps(made)}, form=form)


@pytest.mark.req("2.8", "E11")
def test_a_passkey_that_was_added_answers_a_client(here: Here) -> None:
    key, added = register(here, here.browser())
    assert (added.status_code, "Your backup codes" in added.text) == (200, True)
    browser = here.browser()
    page = here.authorize(browser, state="s-7")
    query = page.url.query.decode()

    done = browser.follow(log_in_by(browser, page, key, f"/login/passkey/options?{query}"))

    assert answer(done).params["state"] == "s-7"
    kinds = {row["type"] for row in here.rows("SELECT type FROM audit_events")}
    assert {"passkey.registered", "factor.added", "login.succeeded"} <= kinds


@pytest.mark.req("MF-04", "2.8")
def test_a_key_that_knows_nobody_is_a_second_factor_only(here: Here) -> None:
    key, _ = register(here, here.browser(), flags=PRESENT)
    browser = here.browser()
    alone = log_in_by(browser, browser.open(f"{ISSUER}/login"), key)
    asked = browser.log_in(alone, "alice", "Correct-Horse-7-Battery")

    path = form_with(asked, "credential").action.removeprefix(ISSUER)
    done = log_in_by(browser, asked, key, path.replace("/passkey", "/passkey/options"))

    assert alone.status_code == 422
    assert at(asked) == "/second-factor"
    assert at(done) == "/"


@pytest.mark.req("AU-15")
@pytest.mark.parametrize("sent", ["", "x", "[]", "{}", '{"id": 1}', "[" * 5000, "é"])
def test_odd_credentials_are_refused_on_the_page(here: Here, sent: str) -> None:
    browser = here.browser()
    page = browser.open(f"{ISSUER}/login")

    refused = browser.submit(page, {"credential": sent}, form=form_with(page, "credential"))

    assert refused.status_code == 422
    assert has_form(refused, "password")


@pytest.mark.req("BR-02")
@pytest.mark.parametrize("path", ["/login/passkey", "/login/passkey/options", "/account/passkeys"])
def test_forms_of_other_places_are_refused(here: Here, path: str) -> None:
    browser = here.browser()
    here.log_in(browser)

    assert browser.request("POST", f"{ISSUER}{path}", data={"credential": "{}"}).status_code == 400


@pytest.mark.req("MF-05")
def test_later_one_is_asked_to_confirm_before_passkeys_change(here: Here, clock: Clock) -> None:
    browser = here.browser()
    key, _ = register(here, browser)
    here.clock.move(timedelta(minutes=6))

    page = browser.open(PASSKEYS)
    (row,) = here.rows("SELECT id FROM webauthn_credentials")
    token = here_token(browser)
    asked = browser.request(
        "POST", f"{PASSKEYS}/remove", data={"csrf_token": token, "key": row["id"]}
    )
    confirm = browser.follow(asked)

    assert not has_form(page, "passkey_name")
    assert at(asked) == "/account/confirm"
    assert browser.follow(
        log_in_by(browser, confirm, key, "/account/confirm/passkey/options")
    ).text.count("Phone")
    assert has_form(browser.open(PASSKEYS), "passkey_name")
    assert here.rows("SELECT id FROM webauthn_credentials") == [row]


def here_token(browser: Browser) -> str:
    """The token of the forms of this browser."""
    return form_with(browser.open(f"{ISSUER}/account/profile"), "csrf_token").value("csrf_token")


@pytest.mark.req("SE-09")
def test_another_persons_passkey_does_not_exist(here: Here) -> None:
    register(here, here.browser())
    browser = here.browser()
    here.log_in(browser, "carol")
    (row,) = here.rows("SELECT id FROM webauthn_credentials")
    form = {"csrf_token": here_token(browser), "key": row["id"], "name": "Mine"}

    for what in ("rename", "remove"):
        assert at(browser.request("POST", f"{PASSKEYS}/{what}", data=form)) == "/account/passkeys"

    names = here.rows("SELECT name FROM webauthn_credentials")
    assert names == [{"name": "Phone"}]


def test_an_issuer_with_an_address_has_no_button(make_here: MakeHere) -> None:
    here = make_here(ISSUER="http://127.0.0.1:5000")
    browser = Browser(here.http, "http://127.0.0.1:5000", headers={"Accept": "text/html"})

    page = browser.open("http://127.0.0.1:5000/login")

    assert not has_form(page, "credential")


@pytest.mark.req("BR-13", "BR-05")
def test_only_pages_with_passkeys_may_fetch_and_only_from_here(here: Here) -> None:
    browser = here.browser()

    login = browser.open(f"{ISSUER}/login").headers["content-security-policy"]
    home = browser.open(f"{ISSUER}/").headers["content-security-policy"]

    assert "connect-src 'self'" in login
    assert "connect-src" not in home
