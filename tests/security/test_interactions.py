"""Login and consent as steps: asked when due, by the browser that began, never skipped."""

from dataclasses import replace

import pytest

from tests.support.browser import Browser, answer, form_with, has_form
from tests.support.checks import sent_back
from tests.support.configuration import PASSWORD
from tests.support.jose import claims_of
from tests.support.site import Site


def has_session(site: Site, browser: Browser) -> bool:
    """Whether somebody is logged in here."""
    return "code" in answer(site.authorize(browser, prompt="none")).params


@pytest.mark.req("BR-07", "1.12", "1.11")
def test_consent_is_asked_once_for_each_scope(site: Site, person: str) -> None:
    browser = site.browser()
    first = browser.log_in(site.authorize(browser, "asks", scope="openid read"), person, PASSWORD)
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


@pytest.mark.req("BR-07", "1.12")
def test_a_scope_that_the_person_left_out_is_not_granted(site: Site) -> None:
    browser = site.browser()
    page = browser.log_in(
        site.authorize(browser, "asks", scope="openid read write", prompt="consent"),
        "alice",
        PASSWORD,
    )
    form = form_with(page, "decision")
    kept = [pair for pair in form.fields if pair != ("scope", "write")]

    response = browser.submit(page, {}, "decision=allow", replace(form, fields=kept))

    tokens = site.redeem(answer(browser.follow(response)).code, "asks").json()
    assert len(kept) == len(form.fields) - 1
    assert set(tokens["scope"].split()) == {"openid", "read"}


@pytest.mark.req("1.3", "1.11")
def test_a_person_who_cancels_the_login_is_access_denied(site: Site) -> None:
    browser = site.browser()

    response = browser.cancel(site.authorize(browser))

    assert sent_back(response, "access_denied")


@pytest.mark.req("1.11")
def test_select_account_asks_which_one(site: Site) -> None:
    browser = site.browser()
    site.sign_in(browser=browser)

    page = site.authorize(browser, prompt="select_account")
    silent = site.authorize(browser, prompt="none")

    assert has_form(page, "account")
    assert answer(browser.follow(browser.submit(page, {}, "account"))).code
    assert answer(silent).code


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
