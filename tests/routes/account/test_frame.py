"""The frame of the account pages: who gets in, from where, and what they are sent with."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.middleware.account_pages import SECTIONS
from authwell.middleware.returning import is_own
from tests.routes.account.conftest import logged_in, page, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup
from tests.support.configuration import PASSWORD

PAGES = ("/account", *(section.path for section in SECTIONS))
FOREIGN = (
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https://evil.example/account",
    "/account/../oauth/logout",
    "/account//evil.example",
    "/console/../oauth/logout",
    "/console//evil.example",
    "/console/.",
    "/account/%0d%0aLocation:https://evil.example",
    "/account\r\nX: y",
    "/accounts",
    "/account?x=//evil.example",
    "/oauth/authorize",
    "javascript:alert(1)",
    "",
)


@pytest.mark.req("BR-06", "BR-11")
@pytest.mark.parametrize("path", PAGES)
def test_without_a_session_a_page_leads_to_the_login_and_back(here: Here, path: str) -> None:
    here.clock.move(timedelta(seconds=1))
    browser = here.browser()

    sent = browser.get(f"{ISSUER}{path}")
    page = browser.follow(sent)
    back = browser.log_in(page, "carol", PASSWORD)

    assert (sent.status_code, at(sent)) == (303, "/login")
    assert (back.status_code, at(back)) == (200, path)


@pytest.mark.req("BR-06")
@pytest.mark.parametrize("target", FOREIGN)
def test_a_login_leads_nowhere_but_to_pages_of_ours(here: Here, target: str) -> None:
    browser = here.browser()

    page = browser.open(f"{ISSUER}/login", {"return_to": target})
    sent = browser.submit(page, {"username": "carol", "password": PASSWORD})

    assert sent.headers["location"] == "/"


@pytest.mark.req("BR-06")
def test_two_targets_are_none(here: Here) -> None:
    browser = here.browser()

    page = browser.open(f"{ISSUER}/login", [("return_to", "/account")] * 2)
    sent = browser.submit(page, {"username": "carol", "password": PASSWORD})

    assert sent.headers["location"] == "/"


@pytest.mark.req("BR-06")
@given(st.text())
def test_no_text_names_another_place(text: str) -> None:
    assert not is_own(text) or text.startswith(("/account", "/console"))


def test_who_is_logged_in_already_is_sent_on_at_once(here: Here, browser: Browser) -> None:
    sent = browser.get(f"{ISSUER}/login", {"return_to": "/account/profile"})

    assert (sent.status_code, at(sent)) == (303, "/account/profile")


@pytest.mark.req("BR-02")
def test_no_form_of_the_account_is_taken_without_its_token(here: Here, browser: Browser) -> None:
    rules = [
        rule.rule
        for rule in here.app.url_map.iter_rules()
        if rule.endpoint.startswith("account.") and rule.methods and "POST" in rule.methods
    ]

    missing = [browser.request("POST", path, data={"username": "eve"}) for path in rules]
    wrong = [browser.request("POST", path, data={"csrf_token": "x"}) for path in rules]

    assert rules
    assert {answer.status_code for answer in missing + wrong} == {400}
    assert {soup(answer).find("code").get_text() for answer in missing} == {"csrf"}  # type: ignore[union-attr]


@pytest.mark.req("BR-02", "BR-09")
def test_a_token_of_another_person_is_worth_nothing(here: Here, browser: Browser) -> None:
    other = page(logged_in(here, "alice"), "/account/profile")
    token = soup(other).find("input", {"name": "csrf_token"})
    assert token is not None

    answer = browser.request("POST", "/account/profile", data={"csrf_token": str(token["value"])})

    assert answer.status_code == 400


def test_a_form_without_a_session_leads_to_the_login(here: Here) -> None:
    sent = here.browser().request("POST", f"{ISSUER}/account/profile", data={"username": "eve"})

    assert (sent.status_code, at(sent)) == (303, "/login")
    assert parse_qs(urlsplit(sent.headers["location"]).query) == {"return_to": ["/account"]}


@pytest.mark.req("BR-01", "BR-05", "BR-13", "SE-11")
@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_headers_of_a_page(browser: Browser, path: str) -> None:
    headers = page(browser, path).headers

    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "form-action 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


@pytest.mark.parametrize("path", PAGES)
def test_the_menu_says_where_one_is(browser: Browser, path: str) -> None:
    marked = soup(page(browser, path)).select(".menu-open [aria-current=page]")

    assert [link["href"] for link in marked] == [path]


def test_the_home_page_leads_to_the_account(here: Here) -> None:
    home = here.browser().open(ISSUER)

    assert soup(home).select_one('a[href="/account"]')


def test_the_overview_says_who_one_is(browser: Browser) -> None:
    text = shown(page(browser, "/account"))

    assert "Carol" in text
    assert "carol@people.example" in text
