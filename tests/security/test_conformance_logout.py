"""The OpenID Foundation's plan for RP-initiated logout, a test a module."""

from typing import Any

import httpx2
import pytest

from tests.support import jose
from tests.support.browser import Answer, Browser, answer, forms, soup
from tests.support.checks import sent_back
from tests.support.configuration import BYE
from tests.support.conformance import flow
from tests.support.site import Site

LONG_STATE = "s" * 128

LoggedIn = tuple[Browser, dict[str, Any]]


@pytest.fixture
def logged_in(site: Site) -> LoggedIn:
    """A browser with a session, and the parameters of a right request to end it."""
    browser = site.browser()
    tokens, _ = flow(site, browser)
    return browser, {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}


def log_out(site: Site, browser: Browser, parameters: dict[str, str]) -> httpx2.Response:
    """Open the endpoint and confirm if asked."""
    page = browser.open(site.endpoint("logout"), parameters)
    if page.status_code == 200 and forms(page):
        form = forms(page)[0]
        name, value = form.buttons[0]
        page = browser.follow(browser.submit(page, {}, f"{name}={value}", form))
    return page


def returned(response: httpx2.Response) -> Answer:
    sent = answer(response)
    assert sent.uri == BYE
    return sent


def is_logged_out(site: Site, browser: Browser) -> bool:
    response = site.authorize(browser, prompt="none")
    return sent_back(response, "login_required")


def says_logged_out(response: httpx2.Response) -> bool:
    """Whether a page of ours tells the person."""
    words = soup(response).get_text().lower()
    return response.status_code == 200 and ("logged out" in words or "signed out" in words)


@pytest.mark.req("oidcc-rp-initiated-logout-discovery-endpoint-verification")
def test_discovery_endpoint_verification(tls_site: Site) -> None:
    endpoints = {
        name: value for name, value in tls_site.metadata().items() if name.endswith("_endpoint")
    }

    assert "end_session_endpoint" in endpoints
    assert all(value.startswith("https://") for value in endpoints.values())


@pytest.mark.req("oidcc-rp-initiated-logout")
def test_rp_initiated_logout(site: Site, logged_in: LoggedIn) -> None:
    browser, parameters = logged_in

    response = log_out(site, browser, parameters | {"state": LONG_STATE})

    assert returned(response).params == {"state": LONG_STATE}
    assert is_logged_out(site, browser)


@pytest.mark.req("oidcc-rp-initiated-logout-no-state")
def test_no_state(site: Site, logged_in: LoggedIn) -> None:
    browser, parameters = logged_in

    response = log_out(site, browser, parameters)

    assert returned(response).location == BYE
    assert is_logged_out(site, browser)


@pytest.mark.req(
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
)
@pytest.mark.parametrize("uri", ["https://app.example/elsewhere", f"{BYE}?foo=bar"])
def test_bad_post_logout_redirect_uri(site: Site, logged_in: LoggedIn, uri: str) -> None:
    browser, parameters = logged_in

    response = log_out(site, browser, parameters | {"post_logout_redirect_uri": uri})

    assert "location" not in response.headers


@pytest.mark.req(
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
)
@pytest.mark.parametrize("forged_by", ["nobody", "the relying party"])
def test_bad_id_token_hint(site: Site, logged_in: LoggedIn, forged_by: str) -> None:
    browser, parameters = logged_in
    claims = jose.claims_of(parameters["id_token_hint"])
    kid = jose.header_of(parameters["id_token_hint"])["kid"]
    if forged_by == "nobody":
        hint = jose.unsigned(claims, typ="JWT")
    else:
        hint = jose.rs256(claims, jose.rsa_key(), typ="JWT", kid=kid)

    response = log_out(site, browser, parameters | {"id_token_hint": hint, "state": "s"})

    assert "location" not in response.headers


@pytest.mark.req("oidcc-rp-initiated-logout-no-id-token-hint")
def test_no_id_token_hint(site: Site, logged_in: LoggedIn) -> None:
    browser, parameters = logged_in
    del parameters["id_token_hint"]

    response = log_out(site, browser, parameters | {"state": "s"})

    assert "location" not in response.headers


@pytest.mark.req(
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-only-state",
)
@pytest.mark.parametrize("sent", [(), ("id_token_hint", "state"), ("state",)], ids=str)
def test_the_person_is_logged_out_and_told(
    site: Site, logged_in: LoggedIn, sent: tuple[str, ...]
) -> None:
    browser, parameters = logged_in
    every = parameters | {"state": "s"}

    response = log_out(site, browser, {name: every[name] for name in sent})

    assert says_logged_out(response)
    assert is_logged_out(site, browser)
