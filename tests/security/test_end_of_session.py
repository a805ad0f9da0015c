"""What ends with a session: every token without `offline_access`, at once, in each form."""

import pytest

from tests.support import jose
from tests.support.browser import Browser, answer, has_form
from tests.support.checks import refused
from tests.support.configuration import BYE
from tests.support.site import Site

SHORT = "openid profile read"


def log_out(site: Site, browser: Browser, id_token: str) -> None:
    browser.get(site.endpoint("logout"), {"id_token_hint": id_token})


@pytest.mark.req("LO-04")
@pytest.mark.parametrize("client_id", ["web", "opaque"])
def test_tokens_without_offline_access_end_with_the_session(any_site: Site, client_id: str) -> None:
    browser = any_site.browser()
    tokens = any_site.tokens(client_id, browser=browser, scope=SHORT)
    before = any_site.is_active(tokens["access_token"])

    log_out(any_site, browser, tokens["id_token"])

    assert before
    assert not any_site.is_active(tokens["access_token"])
    assert any_site.userinfo(tokens["access_token"]).status_code == 401
    assert refused(any_site.refresh(tokens["refresh_token"], client_id), "invalid_grant")


@pytest.mark.req("LO-04")
def test_a_code_of_an_ended_session_is_worth_nothing(any_site: Site) -> None:
    browser = any_site.browser()
    tokens = any_site.tokens(browser=browser, scope=SHORT)
    sent = answer(any_site.authorize(browser, scope=SHORT))

    log_out(any_site, browser, tokens["id_token"])

    assert refused(any_site.redeem(sent.code), "invalid_grant")


@pytest.mark.parametrize("client_id", ["web", "opaque"])
def test_tokens_with_offline_access_outlive_it(any_site: Site, client_id: str) -> None:
    browser = any_site.browser()
    tokens = any_site.tokens(client_id, browser=browser)

    log_out(any_site, browser, tokens["id_token"])

    assert any_site.refresh(tokens["refresh_token"], client_id).status_code == 200


@pytest.mark.req("LO-02", "LO-03")
@pytest.mark.parametrize(
    ("hint", "is_asked"),
    [
        ("alice", False),
        ("alice@people.example", False),
        ("bob", True),
        ("\u00e9" * 500, True),
        ("", False),
    ],
)
def test_a_logout_hint_of_somebody_else_lets_the_person_be_asked(
    site: Site, hint: str, is_asked: bool
) -> None:
    browser = site.browser()
    tokens = site.tokens(browser=browser)

    page = browser.get(
        site.endpoint("logout"),
        {
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": BYE,
            "logout_hint": hint,
        },
    )

    assert has_form(page, "decision") == is_asked
    assert (page.status_code == 303) != is_asked


@pytest.mark.req("1.13")
@pytest.mark.parametrize("name", ["sub", "sid"])
def test_a_logout_hint_may_be_a_claim_of_the_id_token(site: Site, name: str) -> None:
    browser = site.browser()
    tokens = site.tokens(browser=browser)
    hint = jose.claims_of(tokens["id_token"])[name]

    page = browser.get(
        site.endpoint("logout"), {"id_token_hint": tokens["id_token"], "logout_hint": hint}
    )

    assert not has_form(page, "decision")


@pytest.mark.req("1.13")
def test_the_page_speaks_the_language_that_the_client_asks_for(site: Site) -> None:
    browser = site.browser()
    site.sign_in(browser=browser)

    page = browser.get(site.endpoint("logout"), {"ui_locales": "xx de-AT en"})

    assert 'lang="de"' in page.text
    assert 'name="ui_locales" value="xx de-AT en"' in page.text
