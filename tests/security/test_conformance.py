"""The OpenID Foundation's Basic OP plan in our own tests, a module each (CONFORMANCE.md)."""

import hashlib
import re
import time
from typing import Any

import pytest

from tests.support import jose
from tests.support.browser import Browser, answer, forms, has_form, soup
from tests.support.checks import bearer_refused, is_local_page, refused, sent_back
from tests.support.configuration import CALLBACK, EVERY_CLAIM, PASSWORD, client
from tests.support.site import Site, authorization_request

PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
PLAIN: dict[str, Any] = {
    "scope": "openid",
    "code_challenge": None,
    "code_challenge_method": None,
}
PROFILE = [
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "preferred_username",
]


def flow(
    site: Site, browser: Browser | None = None, client_id: str = "web", **changes: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A plain code flow without PKCE: the tokens, and the verified claims of the ID token."""
    sent = site.sign_in(client_id, browser=browser, **{**PLAIN, **changes})
    response = site.redeem(sent.code, client_id, code_verifier=None)
    assert response.status_code == 200, response.text
    tokens = response.json()
    return tokens, jose.verified(tokens["id_token"], site.jwks())


@pytest.mark.req("oidcc-0-discovery", "B11")
def test_discovery_is_at_the_issuer(site: Site) -> None:
    response = site.http.get(site.url(".well-known/openid-configuration"))

    metadata = response.json()
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert metadata["issuer"] == site.issuer
    for name, value in metadata.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(site.issuer + "/")


@pytest.mark.req("oidcc-discovery-endpoint-verification", "1.9")
def test_discovery_has_what_clients_ask_for(site: Site) -> None:
    metadata = site.metadata()

    assert "code" in metadata["response_types_supported"]
    assert "public" in metadata["subject_types_supported"]
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert "S256" in metadata["code_challenge_methods_supported"]
    assert {"openid", "offline_access"} <= set(metadata["scopes_supported"])
    assert "authorization_code" in metadata["grant_types_supported"]
    assert metadata["claims_supported"]
    assert {"client_secret_basic", "client_secret_post", "none"} <= set(
        metadata["token_endpoint_auth_methods_supported"]
    )
    for name, value in metadata.items():
        if name.endswith("_supported") and isinstance(value, list):
            assert value
            assert all(isinstance(item, str) for item in value)
    for name in ("claims_parameter_supported", "request_parameter_supported"):
        assert isinstance(metadata[name], bool)


@pytest.mark.req("oidcc-0-jwks")
def test_every_key_has_a_distinct_kid(site: Site) -> None:
    keys = site.jwks()["keys"]

    assert len({key["kid"] for key in keys}) == len(keys) > 0


@pytest.mark.req("oidcc-0-authorization-endpoint", "1.3")
@pytest.mark.parametrize("state", ["s" * 128, "a b&c=d%25+\u00e9", "~!@#$^*()", "0"])
def test_state_comes_back_unchanged(site: Site, state: str) -> None:
    success = site.sign_in(state=state).params
    error = answer(site.authorize(site.browser(), state=state, prompt="none")).params

    assert success["state"] == error["state"] == state


@pytest.mark.req("oidcc-0-error-redirects", "1.3")
@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "openid nonsense"},
        {"prompt": "none"},
        {"response_type": "foo"},
        {"max_age": "x"},
        {"claims": "{"},
        {"code_challenge_method": "plain"},
        {"resource": "https://unknown.example"},
        {"resource": "not a uri"},
        {"prompt": "nonsense none"},
        {"id_token_hint": "x", "prompt": "none"},
    ],
    ids=str,
)
def test_error_redirects_have_the_known_parameters_in_plain_text(
    site: Site, changes: dict[str, Any]
) -> None:
    params = answer(site.authorize(site.browser(), **changes)).params

    assert params.keys() <= {
        "error",
        "error_description",
        "error_uri",
        "state",
        "session_state",
        "iss",
    }
    assert params["state"] == "state-1"
    assert params["iss"] == site.issuer
    assert PRINTABLE.fullmatch(params.get("error_description", ""))


@pytest.mark.req("oidcc-0-token-endpoint")
def test_the_token_response_is_as_the_standard_says(site: Site) -> None:
    sent = site.sign_in(**PLAIN)
    response = site.redeem(sent.code, code_verifier=None)

    body = response.json()
    assert response.headers["content-type"].startswith("application/json")
    assert "no-store" in response.headers["cache-control"]
    assert body["token_type"].lower() == "bearer"
    assert isinstance(body["expires_in"], int)
    assert 0 < body["expires_in"] <= 31536000
    assert {"access_token", "id_token"} <= body.keys()


@pytest.mark.req("oidcc-0-token-endpoint")
def test_token_errors_are_400_with_a_plain_description(site: Site) -> None:
    response = site.redeem('unknown \u00e9 "code\\')

    assert refused(response, "invalid_grant")
    assert PRINTABLE.fullmatch(response.json().get("error_description", ""))


@pytest.mark.req("oidcc-0-id-token", "1.10", "B12")
def test_the_id_token_says_no_more_than_it_must(site: Site) -> None:
    begun = int(time.time())

    tokens, claims = flow(site, nonce="n" * 43, scope="openid profile email")

    required = {"iss", "sub", "aud", "exp", "iat", "nonce"}
    allowed = required | {"auth_time", "acr", "amr", "azp", "at_hash", "sid", "jti", "nbf"}
    assert required <= claims.keys() <= allowed
    assert (claims["iss"], claims["nonce"]) == (site.issuer, "n" * 43)
    assert claims["aud"] in ("web", ["web"])
    assert begun - 2 <= claims["iat"] <= claims["exp"]
    assert claims.get("auth_time", begun) <= time.time()
    at_hash = jose.half_hash(tokens["access_token"])
    assert claims.get("at_hash", at_hash) == at_hash


@pytest.mark.req("oidcc-0-userinfo", "1.10")
def test_userinfo_has_typed_claims_and_no_empty_ones(site: Site) -> None:
    alice, _ = flow(site, scope="openid profile email address phone")
    sent = site.sign_in(username="bob", **{**PLAIN, "scope": "openid profile address phone"})
    bob = site.redeem(sent.code, code_verifier=None).json()

    full = site.userinfo(alice["access_token"]).json()
    sparse = site.userinfo(bob["access_token"]).json()

    assert full["email_verified"] is True
    assert full["phone_number_verified"] is True
    assert isinstance(full["updated_at"], int)
    assert isinstance(full["address"], dict)
    assert not any(value in (None, "", {}, []) for value in sparse.values())
    assert "address" not in sparse
    assert "birthdate" not in sparse


@pytest.mark.req("oidcc-0-entropy")
def test_tokens_have_plain_characters(site: Site) -> None:
    tokens = site.tokens("opaque")

    for value in (tokens["access_token"], tokens["refresh_token"]):
        assert re.fullmatch(r"[\x20-\x7e]{43,}", value)


@pytest.mark.req("oidcc-0-pages")
def test_pages_suit_the_test_browser(site: Site) -> None:
    browser = site.browser()
    login = site.authorize(browser, "asks", prompt="consent")
    consent = browser.log_in(login, "alice", PASSWORD)
    error = site.authorize(browser, "nobody")

    assert has_form(login, "username", "password", "cancel")
    assert has_form(consent, "decision", "cancel") or has_form(consent, "cancel")
    for page in (login, consent):
        buttons = soup(page).select("form button, form input[type=submit]")
        assert buttons[0].get("name") != "cancel"
    assert re.search("error|invalid", soup(error).get_text(), re.IGNORECASE)


@pytest.mark.req("oidcc-server", "B1", "B12")
def test_server(site: Site) -> None:
    tokens, claims = flow(site)

    userinfo = site.userinfo(tokens["access_token"])

    assert tokens["expires_in"] > 0
    assert userinfo.status_code == 200
    assert userinfo.headers["content-type"].startswith("application/json")
    assert userinfo.json() == {"sub": claims["sub"]}


@pytest.mark.req("oidcc-response-type-missing")
@pytest.mark.parametrize("mode", [None, "form_post"])
def test_response_type_missing(site: Site, mode: str | None) -> None:
    response = site.authorize(site.browser(), response_type=None, response_mode=mode)

    if mode is None:
        assert sent_back(response, "invalid_request", "unsupported_response_type")
    else:
        (form,) = forms(response)
        assert form.value("error") in ("invalid_request", "unsupported_response_type")


@pytest.mark.req("oidcc-idtoken-signature", "B10")
def test_idtoken_signature(site: Site) -> None:
    tokens, _ = flow(site)

    header = jose.header_of(tokens["id_token"])

    assert header["alg"] == "RS256"
    assert header["kid"] in {key["kid"] for key in site.jwks()["keys"]}


@pytest.mark.req("oidcc-idtoken-unsigned")
def test_idtoken_unsigned(site: Site) -> None:
    assert "none" not in site.metadata()["id_token_signing_alg_values_supported"]


@pytest.mark.req("oidcc-userinfo-get")
def test_userinfo_get(site: Site) -> None:
    tokens, claims = flow(site)

    assert site.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]


@pytest.mark.req("oidcc-userinfo-post-header", "1.10")
def test_userinfo_post_header(site: Site) -> None:
    tokens, claims = flow(site)

    response = site.http.post(
        site.endpoint("userinfo"), headers={"Authorization": f"Bearer {tokens['access_token']}"}
    )

    assert response.json()["sub"] == claims["sub"]


@pytest.mark.req("oidcc-userinfo-post-body", "1.10")
def test_userinfo_post_body(site: Site) -> None:
    tokens, claims = flow(site)

    response = site.post("userinfo", {"access_token": tokens["access_token"]})

    assert response.json()["sub"] == claims["sub"]


@pytest.mark.req("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
def test_ensure_request_without_nonce_succeeds_for_code_flow(site: Site) -> None:
    _, claims = flow(site, nonce=None)

    assert "nonce" not in claims


@pytest.mark.req(
    "oidcc-scope-profile", "oidcc-scope-address", "oidcc-scope-phone", "oidcc-scope-all"
)
@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("profile", PROFILE),
        ("address", ["address"]),
        ("phone", ["phone_number", "phone_number_verified"]),
        (
            "profile email address phone",
            [
                *PROFILE,
                "email",
                "email_verified",
                "address",
                "phone_number",
                "phone_number_verified",
            ],
        ),
    ],
)
def test_scope_claims(site: Site, scope: str, names: list[str]) -> None:
    tokens, claims = flow(site, scope=f"openid {scope}")

    userinfo = site.userinfo(tokens["access_token"]).json()

    assert userinfo.keys() == {"sub", *names}
    assert userinfo["sub"] == claims["sub"]
    expected = EVERY_CLAIM | {"preferred_username": "alice", "name": "Alice"}
    assert all(userinfo[name] == expected[name] for name in names if name in expected)


@pytest.mark.req("oidcc-scope-email", "oidcc-alternate-happy-flow")
@pytest.mark.parametrize("scope", ["openid email", "email openid"])
def test_scope_email(site: Site, scope: str) -> None:
    request = authorization_request(**PLAIN | {"scope": scope})
    browser = site.browser()
    page = browser.open(site.endpoint("authorize"), dict(reversed(request.items())))
    code = answer(browser.log_in(page, "alice", PASSWORD)).code

    tokens = site.redeem(code, code_verifier=None).json()

    userinfo = site.userinfo(tokens["access_token"]).json()
    assert userinfo.keys() == {"sub", "email", "email_verified"}
    assert "email" not in jose.claims_of(tokens["id_token"])


@pytest.mark.req(
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "1.11",
)
@pytest.mark.parametrize(
    "changes",
    [
        {"display": "page"},
        {"display": "popup"},
        {"extra": "foobar"},
        {"login_hint": "buffy@localhost"},
        {"ui_locales": "se"},
        {"claims_locales": "se"},
        {"acr_values": "1 2"},
    ],
    ids=str,
)
def test_harmless_parameters(site: Site, changes: dict[str, Any]) -> None:
    tokens, _ = flow(site, **changes)

    assert site.userinfo(tokens["access_token"]).status_code == 200


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

    assert sent_back(response, "request_uri_not_supported")


@pytest.mark.req("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
def test_unsigned_request_object(site: Site) -> None:
    request = jose.unsigned({"client_id": "web", "scope": "openid"}, typ="JWT")

    response = site.authorize(site.browser(), request=request)

    assert sent_back(response, "request_not_supported")


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
def test_refresh_token(site: Site) -> None:
    site.apply({"clients": [client("second")]})
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
