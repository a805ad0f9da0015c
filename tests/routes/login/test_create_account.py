"""prompt=create, and the link to a new account (Initiating User Registration via OpenID Connect)."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from tests.routes.login.conftest import ISSUER, Here, MakeHere, at
from tests.support.browser import answer, has_form, soup
from tests.support.configuration import CALLBACK, PASSWORD, account, secret_of
from tests.support.site import VERIFIER, basic

PAGE = "https://join.example/start?from=id"


def with_page(here: Here, page: str | None = PAGE) -> Here:
    policy: dict[str, Any] = {} if page is None else {"registration_page": page}
    here.apply(tenants=[{"slug": "default", "policy": policy}])
    return here


@pytest.fixture(scope="module")
def joining(make_here: MakeHere) -> Here:
    """An application whose tenant has a page that makes accounts."""
    return with_page(make_here())


def told(response: httpx2.Response) -> dict[str, str]:
    """What the page is told in its address."""
    return dict(parse_qsl(urlsplit(response.headers["location"]).query))


def test_the_person_goes_to_the_page_and_comes_back_to_log_in(joining: Here) -> None:
    browser = joining.browser()

    leaving = joining.authorize(
        browser, prompt="create", login_hint="new@people.example", ui_locales="de en"
    )
    parameters = told(leaving)
    joining.apply(accounts=[account("newcomer")])
    back = browser.open(parameters.pop("return_to"))
    answered = answer(browser.log_in(back, "newcomer", PASSWORD))

    assert leaving.headers["location"].startswith(f"{PAGE}&return_to=")
    assert parameters == {
        "from": "id",
        "client_id": "web",
        "login_hint": "new@people.example",
        "ui_locales": "de en",
    }
    assert at(back) == "/login"
    assert answered.code
    assert answered.params["state"] == "state-1"


def test_whoever_was_logged_in_logs_in_anew(joining: Here) -> None:
    browser = joining.browser()
    joining.log_in(browser, "bob")
    joining.clock.move(timedelta(seconds=1))

    back = browser.open(told(joining.authorize(browser, prompt="create"))["return_to"])

    assert has_form(back, "username", "password")


def test_the_way_back_is_of_this_browser_only(joining: Here) -> None:
    return_to = told(joining.authorize(joining.browser(), prompt="create"))["return_to"]

    stranger = joining.browser().open(return_to)

    assert return_to.startswith(f"{ISSUER}/oauth/authorize/continue?interaction=awi_")
    assert stranger.status_code == 400
    assert "interaction_of_other_browser" in stranger.text


@pytest.mark.req("BR-06")
def test_nobody_but_the_operator_says_where_the_page_is(joining: Here) -> None:
    browser = joining.browser()
    evil = "https://evil.example"

    by_itself = browser.get(f"{ISSUER}/create-account?return_to={evil}&registration_page={evil}")
    in_a_flow = joining.authorize(browser, prompt="create", return_to=evil)

    assert by_itself.headers["location"].startswith(PAGE)
    assert told(by_itself)["return_to"] == f"{ISSUER}/login"
    assert told(in_a_flow)["return_to"].startswith(f"{ISSUER}/oauth/authorize/continue?")
    assert "evil" not in by_itself.headers["location"] + in_a_flow.headers["location"]


def test_the_login_page_links_the_page(joining: Here) -> None:
    browser = joining.browser()
    page = joining.authorize(browser)

    (link,) = [a for a in soup(page).find_all("a") if a.get_text() == "Create an account"]
    leaving = browser.open(str(link["href"]))
    back = browser.open(told(leaving)["return_to"])

    assert leaving.headers["location"].startswith(PAGE)
    assert has_form(back, "username", "password")


def test_whoever_must_prove_to_be_the_same_person_gets_no_link(joining: Here) -> None:
    browser = joining.browser()
    first = answer(browser.log_in(joining.authorize(browser), "alice", PASSWORD))
    redeemed = joining.http.post(
        f"{ISSUER}/oauth/token",
        data={
            "grant_type": "authorization_code",
            "code": first.code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        },
        headers=basic("web", secret_of("web")),
    ).json()
    joining.clock.move(timedelta(seconds=1))

    page = joining.authorize(browser, prompt="login", id_token_hint=redeemed["id_token"])

    assert has_form(page, "password")
    assert "Create an account" not in page.text


def test_a_page_of_ours_is_named_by_its_path(make_here: MakeHere) -> None:
    here = with_page(make_here(), "/join")

    leaving = here.browser().get(f"{ISSUER}/create-account")

    assert leaving.headers["location"].startswith(f"{ISSUER}/join?return_to=")


def test_without_a_page_create_is_refused_and_not_offered(make_here: MakeHere) -> None:
    here = make_here(REGISTRATION_ENABLED="false")
    browser = here.browser()

    refused = answer(here.authorize(browser, prompt="create")).params
    offered = here.http.get(f"{ISSUER}/.well-known/openid-configuration").json()
    login = here.authorize(browser)

    assert refused["error"] == "invalid_request"
    assert "create" in refused["error_description"]
    assert "create" not in offered["prompt_values_supported"]
    assert "Create an account" not in login.text
    assert at(here.browser().get(f"{ISSUER}/create-account")) == "/"


def test_with_a_page_create_is_offered(joining: Here) -> None:
    offered = joining.http.get(f"{ISSUER}/.well-known/openid-configuration").json()

    assert "create" in offered["prompt_values_supported"]


def test_create_is_not_silent(joining: Here) -> None:
    refused = answer(joining.authorize(joining.browser(), prompt="none create")).params

    assert refused["error"] == "invalid_request"
