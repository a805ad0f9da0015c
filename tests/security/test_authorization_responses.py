"""The authorization response: its modes, its issuer, and what a browser may keep of it."""

import pytest

from tests.support.browser import answer, form_with, forms, has_form, soup, text
from tests.support.checks import is_local_page, sent_back
from tests.support.configuration import CALLBACK, PASSWORD
from tests.support.site import Site

HOSTILE = "\"><script>alert('x')</script>&<b>"


@pytest.mark.req("RU-13", "1.3")
def test_the_form_post_page_escapes_what_it_carries(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser, response_mode="form_post", state=HOSTILE)

    posted = browser.log_in(page, "alice", PASSWORD)

    form = form_with(posted, "code", "state", "iss")
    assert (form.action, form.method) == (CALLBACK, "POST")
    assert form.value("state") == HOSTILE
    assert "<script>alert" not in posted.text
    assert "no-store" in posted.headers["cache-control"]


@pytest.mark.req("RU-13")
def test_the_form_post_page_runs_only_its_own_script(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser, response_mode="form_post")

    posted = browser.log_in(page, "alice", PASSWORD)

    policy = posted.headers["content-security-policy"]
    nonces = {text(script, "nonce") for script in soup(posted).find_all("script")}
    assert "unsafe-inline" not in policy
    assert nonces
    assert all(nonce and f"'nonce-{nonce}'" in policy for nonce in nonces)
    assert "form-action" not in policy or "https://app.example" in policy


@pytest.mark.req("RU-13", "1.3")
def test_an_error_comes_by_form_post_too(site: Site) -> None:
    posted = site.authorize(site.browser(), response_mode="form_post", prompt="none", state=HOSTILE)

    (form,) = forms(posted)
    assert form.action == CALLBACK
    assert form.value("error") == "login_required"
    assert form.value("state") == HOSTILE
    assert form.value("iss") == site.issuer


@pytest.mark.req("RU-14")
@pytest.mark.parametrize("mode", ["form_post.jwt", "jwt", "query.jwt", "web_message", "nonsense"])
def test_an_unknown_response_mode_is_invalid_request(site: Site, mode: str) -> None:
    assert sent_back(site.authorize(site.browser(), response_mode=mode), "invalid_request")


@pytest.mark.req("RU-14")
def test_an_unknown_response_mode_does_not_come_before_the_redirect_uri(site: Site) -> None:
    response = site.authorize(
        site.browser(), response_mode="form_post.jwt", redirect_uri="https://evil.example/cb"
    )

    assert is_local_page(response)


@pytest.mark.req("RU-15", "1.3")
def test_the_issuer_stands_in_success_and_error(site: Site) -> None:
    metadata = site.metadata()

    success = site.sign_in().params
    error = answer(site.authorize(site.browser(), prompt="none")).params

    assert success["iss"] == error["iss"] == metadata["issuer"] == site.issuer
    assert metadata["authorization_response_iss_parameter_supported"] is True


@pytest.mark.req("RU-16")
@pytest.mark.parametrize(
    "kind", ["token", "id_token", "id_token token", "code token", "code id_token", "none", "foo"]
)
def test_no_token_comes_from_the_authorization_endpoint(site: Site, kind: str) -> None:
    response = site.authorize(site.browser(), response_type=kind)

    assert sent_back(response, "unsupported_response_type", "unauthorized_client")


@pytest.mark.req("RU-16", "BR-08")
def test_forged_fields_at_login_change_nothing(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser)
    form = form_with(page, "username", "password")
    forged = {
        "username": "alice",
        "password": PASSWORD,
        "response_type": "token",
        "client_id": "other",
        "redirect_uri": "https://other.example/cb",
        "scope": "openid admin",
    }

    sent = answer(browser.follow(browser.submit(page, forged, form=form)))

    assert sent.uri == CALLBACK
    assert sent.params.keys() == {"code", "state", "iss"}


@pytest.mark.req("RU-18")
def test_pages_send_no_referrer_and_load_nothing_from_elsewhere(site: Site) -> None:
    browser = site.browser()
    login = site.authorize(browser, "asks", prompt="consent")
    consent = browser.log_in(login, "alice", PASSWORD)
    error = site.authorize(browser, redirect_uri="https://evil.example/")

    for page in (login, consent, error):
        loaded = [text(item, "src") for item in soup(page).find_all(src=True)]
        loaded += [text(item, "href") for item in soup(page).find_all("link")]
        assert page.headers["referrer-policy"] in ("no-referrer", "same-origin")
        assert all(not url.startswith(("//", "http")) or browser.is_own(url) for url in loaded)


@pytest.mark.req("RU-19", "B1")
def test_the_response_is_a_303_that_nobody_keeps(site: Site) -> None:
    response = site.sign_in(state="the state").response

    assert response.status_code == 303
    assert "no-store" in response.headers["cache-control"]
    assert answer(response).params["state"] == "the state"


@pytest.mark.req("RU-19")
def test_a_replayed_login_form_makes_no_second_code(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser)
    answer(browser.log_in(page, "alice", PASSWORD))

    replayed = browser.log_in(page, "alice", PASSWORD)

    assert "code=" not in replayed.headers.get("location", "")


@pytest.mark.req("RU-19")
def test_a_replayed_interaction_address_makes_no_second_code(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser)
    answer(browser.log_in(page, "alice", PASSWORD))

    replayed = browser.open(str(page.url))

    assert "code=" not in replayed.headers.get("location", "")
    assert not has_form(replayed, "password") or replayed.status_code < 500
