"""RP-initiated logout: nobody is logged out or sent away by somebody else's link."""

from typing import Any

import pytest

from tests.support import jose
from tests.support.administration import Administration
from tests.support.browser import Browser, answer, form_with, forms, has_form
from tests.support.checks import sent_back
from tests.support.configuration import BYE, client
from tests.support.site import Site

Tokens = dict[str, Any]


@pytest.fixture
def logged_in(site: Site) -> tuple[Browser, Tokens]:
    """A browser with a session, and the tokens of its client."""
    browser = site.browser()
    return browser, site.tokens(browser=browser)


def is_logged_in(site: Site, browser: Browser) -> bool:
    """Whether the browser still has a session, as prompt=none tells."""
    return "code" in answer(site.authorize(browser, prompt="none")).params


def log_out(site: Site, browser: Browser, **parameters: str) -> Any:
    """Open the logout endpoint."""
    return browser.open(site.endpoint("logout"), parameters)


def confirm(browser: Browser, page: Any) -> Any:
    """Press the first button of the confirmation page."""
    form = forms(page)[0]
    button = form.buttons[0]
    return browser.follow(browser.submit(page, {}, f"{button[0]}={button[1]}", form))


@pytest.mark.req("LO-04", "1.13")
def test_a_valid_hint_ends_the_session_and_leads_back(
    site: Site, logged_in: tuple[Browser, Tokens]
) -> None:
    browser, tokens = logged_in

    response = log_out(
        site,
        browser,
        id_token_hint=tokens["id_token"],
        post_logout_redirect_uri=BYE,
        state="s t&",
    )

    sent = answer(response)
    assert (sent.uri, sent.params) == (BYE, {"state": "s t&"})
    assert not is_logged_in(site, browser)


@pytest.mark.req("LO-01")
@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        BYE + "/",
        BYE + "?x=1",
        "https://app.example/by",
        "https://app.example/cb",
        "https://app.example@evil.example/bye",
        "//app.example/bye",
        "",
    ],
)
def test_the_way_back_must_be_registered_exactly(
    site: Site, logged_in: tuple[Browser, Tokens], uri: str
) -> None:
    browser, tokens = logged_in

    response = log_out(
        site, browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri
    )

    assert response.status_code in (200, 400)
    assert "location" not in response.headers


@pytest.mark.req("LO-01")
def test_a_way_back_of_another_client_is_not_taken(
    site: Site, administration: Administration, logged_in: tuple[Browser, Tokens]
) -> None:
    browser, tokens = logged_in
    administration.create(client("elsewhere", post_logout_redirect_uris=["https://e.example/"]))

    response = log_out(
        site,
        browser,
        id_token_hint=tokens["id_token"],
        post_logout_redirect_uri="https://e.example/",
    )
    mixed = log_out(
        site,
        browser,
        id_token_hint=tokens["id_token"],
        client_id="elsewhere",
        post_logout_redirect_uri="https://e.example/",
    )

    assert "location" not in response.headers
    assert "location" not in mixed.headers


@pytest.mark.req("LO-01", "LO-02")
def test_without_a_hint_the_person_is_asked(site: Site, logged_in: tuple[Browser, Tokens]) -> None:
    browser, _ = logged_in

    page = log_out(site, browser, client_id="web", post_logout_redirect_uri=BYE)

    assert page.status_code == 200
    assert form_with(page, "csrf_token").method == "POST"
    assert is_logged_in(site, browser)


@pytest.mark.req("LO-02", "LO-04")
def test_a_person_who_confirms_is_logged_out(site: Site, logged_in: tuple[Browser, Tokens]) -> None:
    browser, _ = logged_in
    page = log_out(site, browser)

    confirm(browser, page)

    assert not is_logged_in(site, browser)


@pytest.mark.req("LO-02", "BR-02")
def test_a_link_by_post_from_elsewhere_does_not_log_out(
    site: Site, logged_in: tuple[Browser, Tokens]
) -> None:
    browser, _ = logged_in

    browser.request(
        "POST",
        site.endpoint("logout"),
        data={"decision": "allow", "logout": "yes"},
        headers={"Origin": "https://evil.example"},
    )

    assert is_logged_in(site, browser)


@pytest.mark.req("LO-02", "LO-03")
def test_a_hint_of_another_session_asks(site: Site, logged_in: tuple[Browser, Tokens]) -> None:
    browser, _ = logged_in
    others = site.tokens(username="bob")

    page = log_out(site, browser, id_token_hint=others["id_token"], post_logout_redirect_uri=BYE)

    assert page.status_code == 200
    assert is_logged_in(site, browser)


@pytest.mark.req("LO-03")
@pytest.mark.parametrize("kind", ["none", "forged", "issuer", "garbage", "access token"])
def test_a_hint_that_is_not_ours_is_none(
    site: Site, logged_in: tuple[Browser, Tokens], kind: str
) -> None:
    browser, tokens = logged_in
    claims = jose.claims_of(tokens["id_token"])
    kid = jose.header_of(tokens["id_token"])["kid"]
    hint = {
        "none": jose.unsigned(claims, typ="JWT"),
        "forged": jose.rs256(claims, jose.rsa_key(), kid=kid, typ="JWT"),
        "issuer": jose.rs256({**claims, "iss": "https://evil.example"}, jose.rsa_key(), kid=kid),
        "garbage": "a.b.c",
        "access token": tokens["access_token"],
    }[kind]

    response = log_out(site, browser, id_token_hint=hint, post_logout_redirect_uri=BYE)

    assert "location" not in response.headers
    assert is_logged_in(site, browser)


@pytest.mark.req("LO-04", "SE-04")
def test_a_copied_cookie_is_worthless_after_logout(
    site: Site, logged_in: tuple[Browser, Tokens]
) -> None:
    browser, tokens = logged_in
    thief = site.browser()
    thief.cookies = dict(browser.cookies)
    before = is_logged_in(site, thief)

    log_out(site, browser, id_token_hint=tokens["id_token"])

    assert before
    assert sent_back(site.authorize(thief, prompt="none"), "login_required")
    assert has_form(site.authorize(thief), "password")


@pytest.mark.req("LO-06", "RU-06")
@pytest.mark.parametrize("uri", ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x"])
def test_a_script_is_never_a_way_back(
    site: Site, logged_in: tuple[Browser, Tokens], administration: Administration, uri: str
) -> None:
    browser, tokens = logged_in
    registration = administration.create(client("scripted", post_logout_redirect_uris=[uri]))

    page = log_out(site, browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=uri)

    assert registration.status_code == 400
    assert "location" not in page.headers
    assert f'href="{uri}' not in page.text


@pytest.mark.req("1.13")
def test_a_server_without_cookies_may_post_a_hint(
    site: Site, logged_in: tuple[Browser, Tokens]
) -> None:
    browser, tokens = logged_in

    response = site.post(
        "logout", {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE}
    )

    assert response.status_code in (200, 302, 303)
    assert not is_logged_in(site, browser)


@pytest.mark.req("1.13")
def test_a_browser_without_a_session_is_sent_back(site: Site) -> None:
    tokens = site.tokens()

    response = log_out(
        site, site.browser(), id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE
    )

    assert answer(response).uri == BYE


@pytest.mark.req("SE-10", "LO-04")
def test_logout_clears_what_the_browser_keeps(
    site: Site, logged_in: tuple[Browser, Tokens]
) -> None:
    browser, tokens = logged_in

    response = browser.get(site.endpoint("logout"), {"id_token_hint": tokens["id_token"]})

    # Not "cookies": that would reach every host below the registrable domain.
    assert {'"cache"', '"storage"'} <= set(response.headers["clear-site-data"].split(", "))
    assert not any(name.endswith("aw-default") for name in browser.cookies)


@pytest.mark.req("LO-02", "BR-02")
@pytest.mark.parametrize("with_hint", [False, True])
def test_a_form_of_another_site_takes_no_cookie_away(site: Site, with_hint: bool) -> None:
    attackers = {"id_token_hint": site.tokens(username="bob")["id_token"]} if with_hint else {}

    # Its POST brings no cookie (SameSite=Lax), but what the answer sets would be kept.
    response = site.post("logout", attackers, {"Origin": "https://evil.example"})

    assert "set-cookie" not in response.headers
    assert "clear-site-data" not in response.headers


@pytest.mark.req("LO-02", "1.13")
def test_a_posted_request_without_a_hint_is_asked_by_get(
    site: Site, logged_in: tuple[Browser, Tokens]
) -> None:
    browser, _ = logged_in

    response = site.post("logout", {"client_id": "web"}, {"Origin": "https://app.example"})
    page = browser.follow(response)

    assert response.status_code == 303
    assert has_form(page, "decision")


@pytest.mark.req("1.13")
def test_whoever_confirms_a_hint_of_an_earlier_session_is_sent_back(
    site: Site, logged_in: tuple[Browser, Tokens]
) -> None:
    _, tokens = logged_in
    browser = site.browser()
    site.tokens(browser=browser)
    hint = tokens["id_token"]

    page = log_out(site, browser, id_token_hint=hint, post_logout_redirect_uri=BYE, state="s")
    response = confirm(browser, page)

    assert (answer(response).uri, answer(response).params) == (BYE, {"state": "s"})
    assert not is_logged_in(site, browser)
