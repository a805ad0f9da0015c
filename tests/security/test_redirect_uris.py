"""Redirect URIs (RFC 9700 sections 2.1 and 4.1): nothing is sent where it was not proven."""

from typing import Any

import pytest

from tests.support.administration import Administration
from tests.support.browser import answer, has_form
from tests.support.checks import is_local_page, sent_back
from tests.support.configuration import CALLBACK, PASSWORD, client
from tests.support.site import Site, authorization_request

OTHER_MISTAKES: list[dict[str, Any]] = [
    {},
    {"scope": "unknown"},
    {"response_type": "token"},
    {"response_type": None},
    {"prompt": "none"},
    {"response_mode": "form_post.jwt"},
    {"response_mode": "form_post"},
    {"code_challenge": None},
    {"request": "e30.e30."},
    {"request_uri": "https://evil.example/request"},
    {"claims": "{"},
    {"max_age": "-1"},
]


VARIANTS = [
    f"{CALLBACK}/../x",
    f"{CALLBACK}/x",
    f"{CALLBACK}/",
    f"{CALLBACK}?x=1",
    f"{CALLBACK}?",
    f"{CALLBACK}x",
    f"{CALLBACK};x",
    f"{CALLBACK} ",
    f" {CALLBACK}",
    f"{CALLBACK}%00",
    f"{CALLBACK}%20",
    "https://app.example/c%62",
    "https://app.example/CB",
    "https://app.example//cb",
    "https://app.example/./cb",
    "https://app.example/x/..;/cb",
    "https://app.example:443/cb",
    "https://app.example./cb",
    "https://APP.example/cb",
    "HTTPS://app.example/cb",
    "http://app.example/cb",
    "https://www.app.example/cb",
]


TRICKS = [
    "https://app.example@evil.example/cb",
    "https://a@b@app.example/cb",
    "https://evil.example\\@app.example/cb",
    "https://evil.example\\.app.example/cb",
    "https://app.example%40evil.example/cb",
    "https://user:password@app.example/cb",
    "https://app.example/cb\t",
    "https://app.ex\nample/cb",
    "https://app.example\r\n.evil.example/cb",
    "https://app.example\u3002evil.example/cb",
]


LOOK_ALIKES = [
    "https://app.example.evil.example/cb",
    "https://appXexample/cb",
    "https://app-example/cb",
    "https://evilapp.example/cb",
    "https://.*/cb",
    "https://*.example/cb",
]


def is_refused_locally(site: Site, client_id: str = "web", **changes: str | None) -> bool:
    """Whether the request ends at a page of the server."""
    return is_local_page(site.authorize(site.browser(), client_id, **changes))


@pytest.mark.req("RU-01", "1.3")
@pytest.mark.parametrize("mistake", OTHER_MISTAKES, ids=str)
def test_an_unregistered_uri_is_a_local_page_whatever_else_is_wrong(
    site: Site, mistake: dict[str, Any]
) -> None:
    assert is_refused_locally(site, redirect_uri="https://evil.example/cb", **mistake)


@pytest.mark.req("RU-01")
@pytest.mark.parametrize("client_id", ["nobody", "", "web\x00", "WEB", "web "])
def test_an_unknown_client_is_a_local_page(site: Site, client_id: str) -> None:
    assert is_refused_locally(site, client_id)


@pytest.mark.req("RU-02", "1.2", "oidcc-ensure-registered-redirect-uri")
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_of_the_registered_uri_is_refused(site: Site, variant: str) -> None:
    assert is_refused_locally(site, redirect_uri=variant)


@pytest.mark.req("RU-02")
@pytest.mark.parametrize("variant", [CALLBACK, f"{CALLBACK}?foo=bar&x=1", f"{CALLBACK}?foo=baz"])
def test_a_registered_query_is_part_of_the_uri(site: Site, variant: str) -> None:
    assert is_refused_locally(site, "queried", redirect_uri=variant)


@pytest.mark.req("RU-03", "1.2")
@pytest.mark.parametrize("trick", TRICKS)
def test_a_uri_that_parsers_read_differently_is_refused_at_request_and_registration(
    site: Site, administration: Administration, trick: str
) -> None:
    registration = administration.create(client("tricky", redirect_uris=[trick]))

    assert is_refused_locally(site, redirect_uri=trick)
    assert registration.status_code == 400
    assert "invalid_redirect_uri" in registration.text or "line of text" in registration.text


@pytest.mark.req("RU-04", "1.2")
@pytest.mark.parametrize("look_alike", LOOK_ALIKES)
def test_a_host_that_looks_alike_is_refused(site: Site, look_alike: str) -> None:
    assert is_refused_locally(site, redirect_uri=look_alike)


@pytest.mark.req("RU-05")
@pytest.mark.parametrize("uri", [CALLBACK, None, ""])
def test_a_client_without_uris_learns_none(site: Site, uri: str | None) -> None:
    first = is_refused_locally(site, "service", redirect_uri=uri)
    second = is_refused_locally(site, "service", redirect_uri=uri)

    assert first
    assert second


@pytest.mark.req("RU-09")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_client_or_uri_is_a_local_page(site: Site, name: str) -> None:
    request = authorization_request()
    repeated = [*request.items(), (name, request[name])]

    response = site.browser().open(site.endpoint("authorize"), repeated)

    assert is_local_page(response)


@pytest.mark.req("RU-09")
@pytest.mark.parametrize("name", ["scope", "nonce", "response_type", "code_challenge"])
def test_any_other_repeated_parameter_goes_back_as_invalid_request(site: Site, name: str) -> None:
    request = authorization_request()
    repeated = [*request.items(), (name, request[name])]

    response = site.browser().open(site.endpoint("authorize"), repeated)

    assert sent_back(response, "invalid_request")


@pytest.mark.req("RU-09")
def test_a_repeated_state_goes_back_as_invalid_request(site: Site) -> None:
    repeated = [*authorization_request().items(), ("state", "state-2")]

    response = site.browser().open(site.endpoint("authorize"), repeated)

    assert answer(response).params["error"] == "invalid_request"


@pytest.mark.req("RU-11")
def test_an_error_of_prompt_none_goes_to_the_registered_uri_only(site: Site) -> None:
    response = site.authorize(site.browser(), prompt="none")

    assert sent_back(response, "login_required")
    assert answer(response).uri == CALLBACK


@pytest.mark.req("RU-11", "BR-07")
def test_a_client_that_nobody_approved_meets_the_consent_page_first(site: Site) -> None:
    browser = site.browser()
    site.sign_in(username="bob", browser=browser)

    page = site.authorize(browser, "asks", scope="openid read")
    silent = site.authorize(browser, "asks", scope="openid read", prompt="none")

    assert page.status_code == 200
    assert has_form(page, "decision")
    assert sent_back(silent, "consent_required")


@pytest.mark.req("RU-12")
def test_after_the_password_the_browser_is_told_to_get(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser)

    response = browser.submit(page, {"username": "alice", "password": PASSWORD})

    assert response.status_code in (302, 303)
