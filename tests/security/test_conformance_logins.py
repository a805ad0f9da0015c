"""The OpenID Foundation's Basic OP plan: logins, hints, codes and request objects, a test a module."""

import hashlib
import time
from typing import Any

import pytest

from tests.support import jose
from tests.support.administration import Administration
from tests.support.browser import answer
from tests.support.checks import bearer_refused, is_local_page, refused, sent_back
from tests.support.configuration import CALLBACK, PASSWORD, client
from tests.support.conformance import PLAIN, flow
from tests.support.site import Site, authorization_request


@pytest.mark.req("oidcc-prompt-login", "1.11")
def test_prompt_login(site: Site) -> None:
    browser = site.browser()
    _, first = flow(site, browser, max_age="1000")
    time.sleep(1.1)

    page = site.authorize(browser, **{**PLAIN, "prompt": "login"})
    code = answer(browser.log_in(page, "alice", PASSWORD)).code

    second = jose.claims_of(site.redeem(code, code_verifier=None).json()["id_token"])
    assert second["auth_time"] > first["auth_time"]


@pytest.mark.req("oidcc-prompt-none-not-logged-in", "1.11")
def test_prompt_none_not_logged_in(site: Site) -> None:
    params = answer(site.authorize(site.browser(), prompt="none", state="s" * 128)).params

    assert params["error"] == "login_required"
    assert params["state"] == "s" * 128


@pytest.mark.req("oidcc-prompt-none-logged-in", "1.11")
def test_prompt_none_logged_in(site: Site) -> None:
    browser = site.browser()
    _, first = flow(site, browser)

    code = answer(site.authorize(browser, **{**PLAIN, "prompt": "none"})).code

    second = jose.claims_of(site.redeem(code, code_verifier=None).json()["id_token"])
    assert (second["sub"], second.get("auth_time")) == (first["sub"], first.get("auth_time"))


@pytest.mark.req("oidcc-max-age-1", "1.11")
def test_max_age_1(site: Site) -> None:
    browser = site.browser()
    _, first = flow(site, browser, max_age="1000")
    time.sleep(2)

    page = site.authorize(browser, **{**PLAIN, "max_age": "1"})
    code = answer(browser.log_in(page, "alice", PASSWORD)).code

    second = jose.claims_of(site.redeem(code, code_verifier=None).json()["id_token"])
    assert second["auth_time"] > first["auth_time"]
    assert time.time() - second["auth_time"] < 60


@pytest.mark.req("oidcc-max-age-10000", "1.11")
def test_max_age_10000(site: Site) -> None:
    browser = site.browser()
    _, first = flow(site, browser, max_age="15000")

    code = answer(site.authorize(browser, **{**PLAIN, "max_age": "10000"})).code

    second = jose.claims_of(site.redeem(code, code_verifier=None).json()["id_token"])
    assert second["auth_time"] == first["auth_time"]
    assert second["sub"] == first["sub"]


@pytest.mark.req("oidcc-id-token-hint", "1.11")
def test_id_token_hint(site: Site) -> None:
    browser = site.browser()
    tokens, first = flow(site, browser)

    response = site.authorize(
        browser, **{**PLAIN, "prompt": "none", "id_token_hint": tokens["id_token"]}
    )

    code = answer(response).code
    second = jose.claims_of(site.redeem(code, code_verifier=None).json()["id_token"])
    assert second["sub"] == first["sub"]


@pytest.mark.req("oidcc-id-token-hint", "1.11")
def test_the_hint_of_another_person_is_login_required(site: Site) -> None:
    browser = site.browser()
    site.sign_in(browser=browser, username="bob")
    tokens, _ = flow(site)

    response = site.authorize(browser, prompt="none", id_token_hint=tokens["id_token"])

    assert sent_back(response, "login_required")


@pytest.mark.req("oidcc-codereuse", "oidcc-codereuse-30seconds", "CD-01")
def test_codereuse(site: Site) -> None:
    code = site.sign_in(**PLAIN).code
    tokens = site.redeem(code, code_verifier=None).json()
    site.sql(
        "UPDATE handles SET expires_at = '2020-01-01 00:00:00.000000' WHERE digest = :digest",
        digest=hashlib.sha256(code.encode()).digest(),
    )

    late = site.redeem(code, code_verifier=None)

    assert refused(late, "invalid_grant")
    assert bearer_refused(site.userinfo(tokens["access_token"]))


@pytest.mark.req("oidcc-ensure-registered-redirect-uri", "RU-02")
def test_ensure_registered_redirect_uri(site: Site) -> None:
    page = site.authorize(site.browser(), redirect_uri=f"{CALLBACK}/further")

    assert is_local_page(page)
    assert "redirect" in page.text.lower()


@pytest.mark.req("oidcc-ensure-post-request-succeeds", "oidcc-0-authorization-endpoint")
def test_ensure_post_request_succeeds(site: Site) -> None:
    browser = site.browser()

    response = browser.request(
        "POST",
        site.endpoint("authorize"),
        data=authorization_request(),
        headers={"Origin": "https://app.example"},
    )

    assert answer(browser.log_in(browser.follow(response), "alice", PASSWORD)).code


@pytest.mark.req("oidcc-server-client-secret-post", "B15")
def test_server_client_secret_post(site: Site) -> None:
    tokens, claims = flow(site, client_id="web-post")

    assert site.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]


@pytest.mark.req("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported")
def test_request_uri_unsigned(site: Site) -> None:
    response = site.authorize(site.browser(), request_uri="https://app.example/request.jwt#abc")

    assert "none" not in site.metadata()["request_object_signing_alg_values_supported"]
    assert sent_back(response, "invalid_request_uri")


@pytest.mark.req("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
def test_unsigned_request_object(site: Site) -> None:
    request = jose.unsigned({"client_id": "web", "scope": "openid"}, typ="JWT")

    response = site.authorize(site.browser(), request=request)

    assert "none" not in site.metadata()["request_object_signing_alg_values_supported"]
    assert sent_back(response, "invalid_request_object")


@pytest.mark.req("oidcc-ensure-request-object-with-redirect-uri")
def test_ensure_request_object_with_redirect_uri(site: Site) -> None:
    request = jose.unsigned({"client_id": "web", "redirect_uri": CALLBACK}, typ="JWT")

    page = site.authorize(site.browser(), request=request, redirect_uri="https://evil.example/cb")

    assert is_local_page(page)


@pytest.mark.req("oidcc-claims-essential", "1.11")
def test_claims_essential(site: Site) -> None:
    tokens, claims = flow(site, claims='{"userinfo":{"name":{"essential":true}}}')

    assert site.userinfo(tokens["access_token"]).json()["name"] == "Alice"
    assert "name" not in claims


@pytest.mark.req("oidcc-refresh-token", "B5")
def test_refresh_token(site: Site, administration: Administration) -> None:
    administration.create(client("second"))
    changes: dict[str, Any] = {
        "scope": "openid offline_access",
        "prompt": "consent",
        "nonce": "n" * 43,
    }
    tokens, first = flow(site, **changes)
    others, _ = flow(site, client_id="second", **changes)
    time.sleep(1)

    with_scope = site.refresh(tokens["refresh_token"], scope="openid offline_access")
    without = site.refresh(others["refresh_token"], "second")
    stolen = site.refresh(without.json()["refresh_token"], "web")

    again = jose.verified(with_scope.json()["id_token"], site.jwks())
    assert with_scope.status_code == without.status_code == 200
    assert "no-store" in with_scope.headers["cache-control"]
    assert with_scope.json()["access_token"] != tokens["access_token"]
    same = ("iss", "sub", "aud", "auth_time")
    assert [again.get(name) for name in same] == [first.get(name) for name in same]
    assert again["iat"] != first["iat"]
    assert refused(stolen, "invalid_grant")


@pytest.mark.req("oidcc-ensure-request-with-valid-pkce-succeeds")
def test_ensure_request_with_valid_pkce_succeeds(site: Site) -> None:
    assert site.redeem(site.sign_in().code).status_code == 200
