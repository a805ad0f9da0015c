"""What every module of the OpenID Foundation's suite checks (CONFORMANCE.md sections 0 and 1)."""

import re
import time
from typing import Any

import pytest

from tests.support import jose
from tests.support.browser import answer, has_form, soup
from tests.support.checks import refused
from tests.support.configuration import PASSWORD
from tests.support.conformance import PLAIN, flow
from tests.support.site import Site

PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]*")


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
