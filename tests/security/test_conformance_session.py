"""The OpenID Foundation's plan for session management, as far as no script is needed.

tests/flows/test_logout_in_a_browser.py asks the frame itself.
"""

from collections.abc import Iterator

import pytest

from tests.support.browser import answer, form_with
from tests.support.checks import sent_back
from tests.support.configuration import client, document
from tests.support.running import running_site
from tests.support.site import Site

STATE = "aw-default-state"
MODES = ("query", "fragment", "form_post")


@pytest.fixture(scope="module")
def classic() -> Iterator[Site]:
    """A site with clients of both profiles."""
    policy = {"slug": "default", "policy": {"profiles": ["oauth21", "oidc_classic"]}}
    more = [client("classic", profile="oidc_classic")]
    with running_site(entries=document(tenants=[policy], clients=more)) as running:
        yield running


@pytest.fixture(scope="module")
def tls_classic() -> Iterator[Site]:
    """The same by https, in production."""
    policy = {"slug": "default", "policy": {"profiles": ["oidc_classic"]}}
    with running_site(
        entries=document(tenants=[policy]),
        behind="https://login.example",
        ENVIRONMENT="production",
        TRUSTED_PROXIES="127.0.0.1",
    ) as running:
        yield running


@pytest.mark.req("oidcc-session-management-discovery")
def test_discovery_announces_the_frame_where_a_profile_has_it(
    site: Site, tls_classic: Site
) -> None:
    metadata = tls_classic.metadata()

    assert metadata["check_session_iframe"] == "https://login.example/oauth/session"
    assert "end_session_endpoint" in metadata
    assert "check_session_iframe" not in site.metadata()
    assert site.http.get(site.endpoint("session")).status_code == 404


@pytest.mark.req("oidcc-session-management-rp-initiated-logout", "BR-01")
def test_any_site_may_frame_it_and_it_sets_no_cookie(classic: Site) -> None:
    frame = classic.http.get(classic.endpoint("session"))
    again = classic.http.get(
        classic.endpoint("session"), headers={"If-None-Match": frame.headers["etag"]}
    )

    policy = frame.headers["content-security-policy"]
    assert frame.status_code == 200
    assert "x-frame-options" not in frame.headers
    assert "frame-ancestors" not in policy
    assert "script-src 'sha256-" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "set-cookie" not in frame.headers
    assert frame.headers["cache-control"] == "public, max-age=3600"
    assert again.status_code == 304


@pytest.mark.req("oidcc-session-management-rp-initiated-logout")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("prompt", [None, "none"])
def test_responses_have_a_session_state_in_each_mode(
    classic: Site, mode: str, prompt: str | None
) -> None:
    browser = classic.browser()
    classic.sign_in("classic", browser=browser)

    response = classic.authorize(browser, "classic", response_mode=mode, prompt=prompt)

    if mode == "form_post":
        state = form_with(response, "iss").value("session_state")
    else:
        state = answer(response).params["session_state"]
    hashed, _, salt = state.partition(".")
    assert len(hashed) == 64
    assert salt
    assert " " not in state


@pytest.mark.req("oidcc-session-management-rp-initiated-logout")
def test_an_error_that_a_login_would_end_has_one_too(classic: Site) -> None:
    response = classic.authorize(classic.browser(), "classic", prompt="none")

    assert sent_back(response, "login_required")
    assert "session_state" in answer(response).params


def test_every_openid_client_of_the_tenant_gets_one(classic: Site) -> None:
    browser = classic.browser()

    sent = classic.sign_in("web", browser=browser)
    plain = classic.sign_in("classic", browser=browser, scope="read")

    assert "session_state" in sent.params
    assert "session_state" not in plain.params


def test_a_tenant_without_the_profile_gives_none(site: Site) -> None:
    browser = site.browser()

    sent = site.sign_in(browser=browser)

    assert "session_state" not in sent.params
    assert STATE not in browser.cookies


@pytest.mark.req("oidcc-session-management-rp-initiated-logout")
def test_the_browsers_state_changes_with_who_is_logged_in(classic: Site) -> None:
    browser = classic.browser()
    states = []

    for username in ("alice", "bob"):
        classic.sign_in("classic", browser=browser, username=username, prompt="login")
        states.append(browser.cookies[STATE])
    tokens = classic.tokens("classic", browser=browser)
    states.append(browser.cookies[STATE])
    browser.get(classic.endpoint("logout"), {"id_token_hint": tokens["id_token"]})
    states.append(browser.cookies[STATE])

    assert states[1] == states[2]
    assert len({states[0], states[1], states[3]}) == 3
    assert states[3] == "0"


def test_a_browser_that_has_lost_its_state_gets_it_again(classic: Site) -> None:
    browser = classic.browser()
    classic.sign_in("classic", browser=browser)
    kept = browser.cookies.pop(STATE)

    classic.authorize(browser, "classic")

    assert browser.cookies[STATE] == kept


@pytest.mark.req("SE-02")
def test_the_cookie_is_for_frames_by_https_and_holds_no_secret(tls_classic: Site) -> None:
    browser = tls_classic.browser()
    page = tls_classic.authorize(browser, "web")

    response = browser.submit(page, {"username": "alice", "password": "Correct-Horse-7-Battery"})

    (cookie,) = [
        line
        for line in response.headers.get_list("set-cookie")
        if line.startswith(f"__Host-{STATE}=")
    ]
    session = next(value for name, value in browser.cookies.items() if name == "__Host-aw-default")
    assert "SameSite=None" in cookie
    assert "Secure" in cookie
    assert "HttpOnly" not in cookie
    assert session not in cookie
