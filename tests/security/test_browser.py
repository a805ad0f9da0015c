"""The pages (OWASP ASVS V3, RFC 9700 section 4.16): nothing rides on a person's browser."""

from typing import Any

import pytest

from tests.support.browser import Browser, answer, form_with, soup, text
from tests.support.configuration import PASSWORD
from tests.support.site import Site

HOSTILE = "\"'><script>alert('x')</script><img src=x onerror=alert(1)>"


def pages(site: Site) -> dict[str, Any]:
    """One page of each kind."""
    browser, stranger = site.browser(), site.browser()
    login = site.authorize(browser, "asks", prompt="consent")
    consent = browser.log_in(login, "alice", PASSWORD)
    return {
        "login": login,
        "consent": consent,
        "wrong password": stranger.log_in(site.authorize(stranger), "bob", "x"),
        "select account": site.authorize(browser, prompt="select_account"),
        "error": site.authorize(browser, redirect_uri="https://evil.example/"),
        "form_post": site.authorize(browser, response_mode="form_post"),
        "logout": browser.open(site.endpoint("logout")),
        "not found": browser.get(site.url("nothing/here")),
    }


@pytest.fixture(scope="module")
def seen(site: Site) -> dict[str, Any]:
    """The pages of the module."""
    return pages(site)


@pytest.mark.req("BR-01", "0.9")
def test_no_page_may_be_framed(seen: dict[str, Any]) -> None:
    for page in seen.values():
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert page.headers["x-frame-options"] == "DENY"


@pytest.mark.req("BR-02", "0.9")
@pytest.mark.parametrize("token", [None, "", "x", "somebody else's"])
def test_a_login_form_without_its_own_token_is_refused(site: Site, token: str | None) -> None:
    browser = site.browser()
    page = site.authorize(browser)
    if token == "somebody else's":
        token = form_with(site.authorize(site.browser()), "password").value("csrf_token")
    form = form_with(page, "username", "password")
    values = {"username": "alice", "password": PASSWORD, "csrf_token": token}

    response = browser.submit(page, values, form=form)

    assert response.status_code in (400, 403)
    assert not has_session(site, browser)


def has_session(site: Site, browser: Browser) -> bool:
    """Whether somebody is logged in here."""
    return "code" in answer(site.authorize(browser, prompt="none")).params


@pytest.mark.req("BR-02")
def test_a_consent_form_without_its_token_is_refused(site: Site) -> None:
    browser = site.browser()
    page = browser.log_in(site.authorize(browser, "asks", prompt="consent"), "bob", PASSWORD)
    form = form_with(page, "decision")

    response = browser.submit(page, {"csrf_token": None}, "decision=allow", form)

    assert response.status_code in (400, 403)


@pytest.mark.req("BR-02")
def test_a_form_without_any_cookie_is_refused(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser)
    browser.cookies.clear()

    response = browser.submit(page, {"username": "alice", "password": PASSWORD})

    assert response.status_code in (400, 403)


@pytest.mark.req("BR-03")
@pytest.mark.parametrize(
    "name",
    [
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "login_hint",
        "ui_locales",
        "prompt",
        "claims",
        "response_type",
        "response_mode",
        "display",
        "acr_values",
        "id_token_hint",
        "error",
        "error_description",
        "error_hint",
    ],
)
def test_no_parameter_comes_back_unescaped(site: Site, name: str) -> None:
    browser = site.browser()

    for mode in ({}, {"response_mode": "form_post"}):
        page = site.authorize(browser, **{**mode, name: HOSTILE})
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        location = page.headers.get("location", "")
        assert "<" not in location
        assert '"' not in location


@pytest.mark.req("BR-03")
def test_what_was_typed_comes_back_escaped(site: Site) -> None:
    browser = site.browser()

    page = browser.submit(site.authorize(browser), {"username": HOSTILE, "password": HOSTILE})

    assert "<script>alert" not in page.text
    assert HOSTILE not in page.text
    assert form_with(page, "password").value("password") == ""


@pytest.mark.req("BR-05", "0.9")
def test_the_content_security_policy_is_strict(seen: dict[str, Any]) -> None:
    for name, page in seen.items():
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy or "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        if name in ("login", "consent"):
            assert "form-action 'self'" not in policy or "https://app.example" in policy
        for item in soup(page).find_all(["script", "style"]):
            assert item.has_attr("src") or text(item, "nonce") in policy
        assert not soup(page).find_all(style=True)


@pytest.mark.req("BR-06", "BR-11")
@pytest.mark.parametrize("name", ["next", "return_to", "continue", "redirect", "url"])
@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/\\evil.example", "https:evil.example"]
)
def test_the_way_on_is_never_taken_from_outside(site: Site, name: str, target: str) -> None:
    browser = site.browser()
    browser.headers["Referer"] = target
    page = site.authorize(browser)
    form = form_with(page, "username", "password")

    response = browser.submit(
        page, {"username": "alice", "password": PASSWORD, name: target}, form=form
    )

    assert "evil" not in browser.follow(response).headers.get("location", "")


@pytest.mark.req("BR-06")
def test_the_login_page_by_itself_leads_nowhere_else(site: Site) -> None:
    browser = site.browser()
    login = form_with(site.authorize(browser), "username", "password").action.partition("?")[0]
    stranger = site.browser()

    response = stranger.open(login, {"next": "//evil.example", "interaction": "//evil.example"})

    assert response.status_code in (200, 400, 404)
    assert "evil.example" not in response.headers.get("location", "")


@pytest.mark.req("BR-15")
def test_a_hint_does_not_tell_whether_the_account_exists(site: Site) -> None:
    known = site.authorize(site.browser(), login_hint="alice@people.example")
    unknown = site.authorize(site.browser(), login_hint="nobody@people.example")

    def shape(page: Any) -> tuple[int, list[str]]:
        return page.status_code, [item.name for item in soup(page).find_all()]

    assert shape(known) == shape(unknown)
    assert "Alice" not in known.text


@pytest.mark.req("BR-15")
def test_a_wrong_name_and_a_wrong_password_look_the_same(site: Site, person: str) -> None:
    browser = site.browser()

    def refusal(name: str) -> str:
        page = browser.submit(site.authorize(browser), {"username": name, "password": "wrong"})
        (form,) = [form_with(page, "password")]
        return page.text.replace(name, "").replace(form.value("csrf_token"), "")

    first, second = refusal(person), refusal("x" * len(person))

    assert len(first) == len(second)
