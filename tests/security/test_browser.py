"""The pages (OWASP ASVS V3, RFC 9700 section 4.16): nothing rides on a person's browser."""

from typing import Any

import pytest

from tests.support.browser import Browser, answer, form_with, has_form, soup, text
from tests.support.checks import sent_back
from tests.support.configuration import PASSWORD, SPA_ORIGIN, account
from tests.support.jose import claims_of
from tests.support.site import Site

HOSTILE = "\"'><script>alert('x')</script><img src=x onerror=alert(1)>"


def pages(site: Site) -> dict[str, Any]:
    """One page of each kind."""
    browser = site.browser()
    login = site.authorize(browser, "asks", prompt="consent")
    consent = browser.log_in(login, "alice", PASSWORD)
    return {
        "login": login,
        "consent": consent,
        "wrong password": browser.submit(
            site.authorize(site.browser()), {"username": "bob", "password": "x"}
        ),
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


@pytest.mark.req("BR-07", "1.12", "1.11")
def test_consent_is_asked_once_for_each_scope(site: Site) -> None:
    site.apply({"accounts": [account("consents")]})
    browser = site.browser()
    first = browser.log_in(
        site.authorize(browser, "asks", scope="openid read"), "consents", PASSWORD
    )
    answer(browser.allow(first))

    same = site.authorize(browser, "asks", scope="openid read")
    less = site.authorize(browser, "asks", scope="openid")
    more = site.authorize(browser, "asks", scope="openid read write")
    silent = site.authorize(browser, "asks", scope="openid read write", prompt="none")
    again = site.authorize(browser, "asks", scope="openid read", prompt="consent")

    assert has_form(first, "decision")
    assert answer(same).code
    assert answer(less).code
    assert has_form(more, "decision")
    assert sent_back(silent, "consent_required", "interaction_required")
    assert has_form(again, "decision")


@pytest.mark.req("BR-07", "1.12")
def test_a_refused_consent_is_access_denied(site: Site) -> None:
    browser = site.browser()
    page = browser.log_in(site.authorize(browser, "asks", prompt="consent"), "alice", PASSWORD)

    assert sent_back(browser.cancel(page), "access_denied")


@pytest.mark.req("BR-08")
def test_fields_added_to_the_consent_form_change_nothing(site: Site) -> None:
    browser = site.browser()
    page = browser.log_in(
        site.authorize(browser, "asks", scope="openid read", prompt="consent"), "alice", PASSWORD
    )
    form = form_with(page, "decision")
    added = {
        "scope": "openid read write admin",
        "client_id": "web",
        "redirect_uri": "https://evil.example/cb",
        "account_id": "1",
        "sub": "1",
    }

    sent = answer(browser.follow(browser.submit(page, added, "decision=allow", form)))

    assert sent.uri == "https://app.example/cb"
    tokens = site.redeem(sent.code, "asks").json()
    assert set(tokens["scope"].split()) == {"openid", "read"}


@pytest.mark.req("BR-09", "SE-01")
def test_another_browser_cannot_finish_an_interaction(site: Site) -> None:
    attacker = site.browser()
    page = site.authorize(attacker)
    victim = site.browser()
    site.sign_in(username="bob", browser=victim)

    opened = victim.open(str(page.url))
    posted = victim.submit(page, {"username": "bob", "password": PASSWORD})

    assert "code=" not in opened.headers.get("location", "")
    assert posted.status_code in (400, 403)


@pytest.mark.req("BR-10", "1.11", "oidcc-prompt-login")
@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_fresh_login_is_really_a_login(site: Site, changes: dict[str, str]) -> None:
    browser = site.browser()
    before = claims_of(site.tokens(browser=browser, max_age="1000")["id_token"])["auth_time"]
    site.sql("UPDATE sessions SET auth_time = '2020-01-01 00:00:00.000000'")

    page = site.authorize(browser, **changes)
    code = answer(browser.log_in(page, "alice", PASSWORD)).code

    after = claims_of(site.redeem(code).json()["id_token"])["auth_time"]
    assert after >= before


@pytest.mark.req("BR-10", "1.11")
@pytest.mark.parametrize("changes", [{"prompt": "none login"}, {"prompt": "none", "max_age": "0"}])
def test_prompt_none_never_shows_a_page(site: Site, changes: dict[str, str]) -> None:
    browser = site.browser()
    site.sign_in(browser=browser)
    site.sql("UPDATE sessions SET auth_time = '2020-01-01 00:00:00.000000'")

    response = site.authorize(browser, **changes)

    assert sent_back(response, "login_required", "invalid_request")


@pytest.mark.req("BR-11")
def test_an_empty_login_form_gets_the_form_again(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser)

    again = browser.submit(page, {"username": "", "password": ""})

    assert again.status_code in (200, 400, 401, 422)
    assert has_form(browser.follow(again), "username", "password")
    assert not has_session(site, browser)


@pytest.mark.req("BR-11")
def test_the_consent_step_cannot_be_taken_before_the_login(site: Site) -> None:
    known = site.browser()
    consent = form_with(
        known.log_in(site.authorize(known, "asks", prompt="consent"), "alice", PASSWORD),
        "decision",
    )
    browser = site.browser()
    page = site.authorize(browser, "asks")
    form = form_with(page, "username", "password")
    fields = [pair for pair in form.fields if pair[0] not in ("username", "password")]
    target = consent.action.partition("?")[0] + "?" + form.action.partition("?")[2]

    response = browser.request("POST", target, data=[*fields, ("decision", "allow")])

    assert "code=" not in browser.follow(response).headers.get("location", "")


@pytest.mark.req("BR-12", "0.9")
@pytest.mark.parametrize("path", ["token", "revoke", "userinfo"])
def test_cors_is_for_registered_origins_of_public_clients(site: Site, path: str) -> None:
    def preflight(origin: str) -> Any:
        return site.http.request(
            "OPTIONS",
            site.endpoint(path),
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization, content-type",
            },
        )

    allowed = preflight(SPA_ORIGIN)
    assert allowed.headers["access-control-allow-origin"] == SPA_ORIGIN
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    for origin in ("https://evil.example", "null", "https://other.example", "http://spa.example"):
        assert "access-control-allow-origin" not in preflight(origin).headers
    assert "access-control-allow-credentials" not in allowed.headers
    assert "origin" in allowed.headers["vary"].lower()


@pytest.mark.req("BR-12", "0.9")
def test_cors_headers_stand_on_errors_too(site: Site) -> None:
    response = site.post("token", {"grant_type": "nonsense"}, {"Origin": SPA_ORIGIN})
    userinfo = site.http.get(site.endpoint("userinfo"), headers={"Origin": SPA_ORIGIN})

    assert response.headers["access-control-allow-origin"] == SPA_ORIGIN
    assert userinfo.headers["access-control-allow-origin"] == SPA_ORIGIN
    assert "www-authenticate" in userinfo.headers["access-control-expose-headers"].lower()


@pytest.mark.req("BR-12")
@pytest.mark.parametrize("path", ["oauth/authorize", "oauth/clients", "oauth/introspect"])
def test_other_endpoints_have_no_cors(site: Site, path: str) -> None:
    response = site.http.get(site.url(path), headers={"Origin": SPA_ORIGIN})

    assert "access-control-allow-origin" not in response.headers


@pytest.mark.req("BR-13", "0.9")
def test_pages_carry_the_headers_of_our_time(tls_site: Site) -> None:
    page = tls_site.authorize(tls_site.browser())

    assert page.status_code == 200
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "max-age=" in page.headers["strict-transport-security"]
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["permissions-policy"]


@pytest.mark.req("BR-14", "0.5")
def test_json_errors_are_json(site: Site) -> None:
    answers = [
        site.post("token", {}),
        site.post("introspect", {"token": HOSTILE}),
        site.token("web", grant_type=HOSTILE),
        site.userinfo("x"),
        site.http.get(site.endpoint("clients")),
    ]

    for response in answers:
        assert response.status_code in (400, 401)
        assert response.headers["content-type"].split(";")[0] in (
            "application/json",
            "application/problem+json",
        )
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "<script" not in response.text


@pytest.mark.req("BR-15")
def test_a_hint_does_not_tell_whether_the_account_exists(site: Site) -> None:
    known = site.authorize(site.browser(), login_hint="alice@people.example")
    unknown = site.authorize(site.browser(), login_hint="nobody@people.example")

    def shape(page: Any) -> tuple[int, list[str]]:
        return page.status_code, [item.name for item in soup(page).find_all()]

    assert shape(known) == shape(unknown)
    assert "Alice" not in known.text


@pytest.mark.req("BR-15")
def test_a_wrong_name_and_a_wrong_password_look_the_same(site: Site) -> None:
    site.apply({"accounts": [account("exists")]})
    browser = site.browser()

    def refusal(name: str) -> str:
        page = browser.submit(site.authorize(browser), {"username": name, "password": "wrong"})
        (form,) = [form_with(page, "password")]
        return page.text.replace(name, "").replace(form.value("csrf_token"), "")

    first, second = refusal("exists"), refusal("absent")

    assert len(first) == len(second)
