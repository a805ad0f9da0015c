"""Requests that ask for more than a password (RFC 9470, OpenID Connect Core sections 2, 5.5.1.1)."""

from datetime import timedelta

import httpx2
import pytest

from authwell.protocol.authentication_context import MULTI_FACTOR, PASSWORD
from tests.routes.login.conftest import ISSUER, Clock, Here, at
from tests.support import jose
from tests.support.apps import add_app, app_of
from tests.support.browser import Browser, answer, form_with, soup
from tests.support.configuration import CALLBACK, account, client, secret_of
from tests.support.configuration import PASSWORD as WORD
from tests.support.site import VERIFIER

_COUNT = iter(range(1000))
ESSENTIAL = f'{{"id_token":{{"acr":{{"essential":true,"value":"{MULTI_FACTOR}"}}}}}}'


def person(here: Here) -> str:
    """Somebody new, who is logged in nowhere."""
    name = f"stepper{next(_COUNT)}"
    here.apply(accounts=[account(name)])
    return name


def id_token(here: Here, code: str) -> dict[str, object]:
    """The claims of the ID token."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    response = here.http.post(f"{ISSUER}/oauth/token", data=form, auth=("web", secret_of("web")))
    assert response.status_code == 200, response.text
    return jose.claims_of(response.json()["id_token"])


@pytest.mark.req("BR-10", "MF-09", "SE-01", "1.11", "2.12")
def test_a_request_steps_up_who_is_logged_in(here: Here, clock: Clock) -> None:
    browser, name = here.browser(), person(here)
    answer(log_in(here, browser, name))
    cookie = browser.cookies["aw-default"]
    app = add_app(here.site, here.clock, name)
    clock.move(timedelta(minutes=1))

    page = here.authorize(browser, claims=ESSENTIAL)
    assert at(page) == "/second-factor"
    sent = answer(browser.follow(browser.submit(page, {"code": app.code})))

    told = id_token(here, sent.code)
    assert told["acr"] == MULTI_FACTOR
    assert told["amr"] == ["pwd", "otp", "mfa"]
    assert told["auth_time"] == int((here.clock() - timedelta(minutes=1)).timestamp())
    assert browser.cookies["aw-default"] != cookie
    assert answer(here.authorize(browser, claims=ESSENTIAL, prompt="none")).code


@pytest.mark.req("1.11")
def test_without_a_page_the_client_hears_that_one_is_needed(here: Here) -> None:
    browser, name = here.browser(), person(here)
    answer(log_in(here, browser, name))

    sent = answer(here.authorize(browser, claims=ESSENTIAL, prompt="none"))

    assert sent.params["error"] == "login_required"


@pytest.mark.req("K13", "MF-05")
def test_who_has_none_sets_one_up_for_what_is_essential_and_not_for_a_wish(here: Here) -> None:
    browser, name = here.browser(), person(here)
    answer(log_in(here, browser, name))

    wish = here.authorize(browser, acr_values=MULTI_FACTOR)
    page = here.authorize(browser, claims=ESSENTIAL)
    secret = soup(page).find("code", class_="secret")
    assert secret is not None
    codes = browser.submit(page, {"code": app_of(secret.get_text()).at(here.clock())})
    (link,) = soup(codes).select("a.button-primary")

    assert id_token(here, answer(wish).code)["acr"] == PASSWORD
    assert at(page) == "/second-factor/enrol"
    assert answer(browser.open(str(link["href"]))).code


@pytest.mark.req("K13", "MF-05")
def test_who_has_none_sets_one_up_only_after_a_login_of_just_now(here: Here, clock: Clock) -> None:
    browser, name = here.browser(), person(here)
    answer(log_in(here, browser, name))
    clock.move(timedelta(minutes=6))

    asked = here.authorize(browser, claims=ESSENTIAL)
    page = browser.log_in(asked, name, WORD)

    assert (at(asked), at(page)) == ("/login", "/second-factor/enrol")


@pytest.mark.req("1.11", "2.6", "2.12")
def test_a_wish_is_met_by_who_can(here: Here) -> None:
    browser, name = here.browser(), person(here)
    answer(log_in(here, browser, name))
    app = add_app(here.site, here.clock, name)

    page = here.authorize(browser, acr_values=MULTI_FACTOR)
    sent = answer(browser.follow(browser.submit(page, {"code": app.code})))

    assert id_token(here, sent.code)["acr"] == MULTI_FACTOR


@pytest.mark.req("MF-10", "MF-09")
def test_a_trusted_device_is_asked_where_a_request_demands_it(here: Here, clock: Clock) -> None:
    browser, name = here.browser(), person(here)
    app = add_app(here.site, here.clock, name)
    page = log_in(here, browser, name)
    values = {"code": app.code, "trust": "1"}
    answer(browser.follow(browser.submit(page, values, form=form_with(page, "code"))))
    clock.move(timedelta(minutes=1))
    spared = answer(browser.log_in(here.authorize(browser, prompt="login"), name, WORD))

    page = here.authorize(browser, claims=ESSENTIAL)

    assert id_token(here, spared.code)["acr"] == PASSWORD
    assert at(page) == "/second-factor"
    assert not soup(page).find(id="trust")


@pytest.mark.req("K13")
def test_a_client_may_demand_it_of_everybody(here: Here) -> None:
    here.apply(clients=[client("bank", default_acr_values=[MULTI_FACTOR])])
    browser, name = here.browser(), person(here)
    answer(log_in(here, browser, name))

    page = here.authorize(browser, "bank", acr_values=PASSWORD)

    assert at(page) == "/second-factor/enrol"


@pytest.mark.req("BR-11")
def test_the_step_is_nobody_else_s(here: Here) -> None:
    browser, name = here.browser(), person(here)
    answer(log_in(here, browser, name))
    add_app(here.site, here.clock, name)
    page = here.authorize(browser, claims=ESSENTIAL)
    address = str(page.url)

    stranger = here.browser()
    stranger.open(f"{ISSUER}/login")
    elsewhere = stranger.open(address)
    browser.cookies.pop("aw-default")
    logged_out = browser.open(address)

    assert elsewhere.status_code == 400
    assert at(logged_out) == "/login"


def log_in(here: Here, browser: Browser, name: str) -> httpx2.Response:
    """The page after the password."""
    return browser.log_in(here.authorize(browser), name, WORD)
