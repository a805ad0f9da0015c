"""The OpenID Foundation's Implicit, Hybrid and Form Post OP plans, and THREATS.md RU and TK."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.support import jose
from tests.support.browser import Browser, answer, form_with, has_form, soup
from tests.support.checks import bearer_refused, is_local_page, refused
from tests.support.configuration import CALLBACK, PASSWORD, client, document, public_client
from tests.support.running import running_site
from tests.support.site import Site

IMPLICIT = ["id_token", "id_token token"]
HYBRID = ["code id_token", "code token", "code id_token token"]
TYPES = ["code", *IMPLICIT, *HYBRID, "none"]
WITH_ID_TOKEN = [*IMPLICIT, "code id_token", "code id_token token"]
WITH_TOKEN = ["id_token token", "code token", "code id_token token"]
MODES = [None, "form_post"]
LONG_STATE = "s" * 128

CLASSIC: dict[str, Any] = {
    "profile": "oidc_classic",
    "grant_types": ["authorization_code", "implicit", "refresh_token"],
    "response_types": TYPES,
}


@dataclass(frozen=True)
class Received:
    """What arrived at the relying party, and how."""

    mode: str
    params: dict[str, str]


def received(response: httpx2.Response) -> Received:
    """Read the redirect or the page that posts itself."""
    if response.status_code == 200:
        form = form_with(response, "iss")
        assert (form.action, form.method) == (CALLBACK, "POST")
        return Received("form_post", dict(form.fields))
    sent = answer(response)
    assert sent.uri == CALLBACK
    return Received("fragment" if urlsplit(sent.location).fragment else "query", sent.params)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """A site whose tenant has the profile oidc_classic too."""
    tenant = {"slug": "default", "policy": {"profiles": ["oauth21", "oidc_classic"]}}
    clients = [
        client("classic", **CLASSIC),
        client("classic-jwt", **CLASSIC, access_token_format="jwt"),
        public_client("classic-spa", **CLASSIC),
        client("classic-asks", **CLASSIC, consent="required"),
    ]
    entries = document(tenants=[tenant])
    entries["clients"] += clients
    with running_site(entries=entries) as running:
        yield running


@pytest.fixture(scope="module")
def alice(site: Site) -> Browser:
    """A browser in which alice is logged in."""
    browser = site.browser()
    ask(site, browser, "code")
    return browser


def ask(
    site: Site,
    browser: Browser,
    response_type: str,
    client_id: str = "classic",
    **changes: str | None,
) -> Received:
    """An authorization without PKCE, whatever pages it needs."""
    plain: dict[str, str | None] = {
        "scope": "openid",
        "code_challenge": None,
        "code_challenge_method": None,
    }
    page = site.authorize(browser, client_id, response_type=response_type, **plain | changes)
    if has_form(page, "username", "password"):
        page = browser.log_in(page, "alice", PASSWORD)
    if has_form(page, "decision"):
        page = browser.allow(page)
    return received(page)


def expected_mode(response_type: str, mode: str | None) -> str:
    return mode or ("query" if response_type in ("code", "none") else "fragment")


def redeemed(site: Site, params: Mapping[str, str], client_id: str = "classic") -> dict[str, Any]:
    response = site.redeem(params["code"], client_id, code_verifier=None)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.req(
    "oidcc-server",
    "oidcc-implicit-certification-test-plan",
    "oidcc-hybrid-certification-test-plan",
    "oidcc-formpost-basic-certification-test-plan",
    "oidcc-formpost-implicit-certification-test-plan",
    "oidcc-formpost-hybrid-certification-test-plan",
    "TK-15",
    "RU-15",
)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("response_type", TYPES)
def test_server(site: Site, alice: Browser, response_type: str, mode: str | None) -> None:
    sent = ask(site, alice, response_type, response_mode=mode)

    params, brought = sent.params, set(response_type.split()) - {"none"}
    expected = {"state", "iss", "session_state"} | (brought - {"token"})
    if "token" in brought:
        expected |= {"access_token", "token_type", "expires_in", "scope"}
    assert sent.mode == expected_mode(response_type, mode)
    assert params.keys() == expected
    assert (params["state"], params["iss"]) == ("state-1", site.issuer)
    if "id_token" in brought:
        claims = jose.verified(params["id_token"], site.jwks())
        for name, bound in (("at_hash", "access_token"), ("c_hash", "code"), ("s_hash", "state")):
            value = params.get(bound)
            assert claims.get(name) == (jose.half_hash(value) if value else None)
        assert (claims["iss"], claims["aud"]) == (site.issuer, "classic")
        assert claims["nonce"] == "nonce-1"
    if "code" in brought:
        back = jose.verified(redeemed(site, params)["id_token"], site.jwks())
        if "id_token" in brought:
            front = jose.claims_of(params["id_token"])
            assert (front["iss"], front["sub"]) == (back["iss"], back["sub"])


@pytest.mark.req(
    "oidcc-ensure-request-without-nonce-fails", "oidcc-formpost-hybrid-certification-test-plan"
)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("response_type", WITH_ID_TOKEN)
def test_ensure_request_without_nonce_fails(
    site: Site, alice: Browser, response_type: str, mode: str | None
) -> None:
    sent = ask(site, alice, response_type, nonce=None, response_mode=mode)

    assert sent.mode == (mode or "fragment")
    assert sent.params["error"] == "invalid_request"
    assert sent.params.keys() == {"error", "error_description", "state", "iss"}


@pytest.mark.req("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
@pytest.mark.parametrize("response_type", ["code", "code token"])
def test_ensure_request_without_nonce_succeeds(
    site: Site, alice: Browser, response_type: str
) -> None:
    params = ask(site, alice, response_type, nonce=None).params

    assert "nonce" not in jose.claims_of(redeemed(site, params)["id_token"])


@pytest.mark.req(
    "oidcc-scope-profile", "oidcc-scope-email", "oidcc-scope-address", "oidcc-scope-phone"
)
@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("profile", "birthdate"),
        ("email", "email_verified"),
        ("address", "address"),
        ("phone", "phone_number"),
    ],
)
def test_claims_of_a_scope_are_where_the_response_type_says(
    site: Site, alice: Browser, scope: str, name: str
) -> None:
    alone = ask(site, alice, "id_token", scope=f"openid {scope}").params
    with_token = ask(site, alice, "id_token token", scope=f"openid {scope}").params

    assert name in jose.claims_of(alone["id_token"])
    assert name not in jose.claims_of(with_token["id_token"])
    assert name in site.userinfo(with_token["access_token"]).json()


@pytest.mark.req("oidcc-claims-essential")
def test_claims_essential(site: Site, alice: Browser) -> None:
    wanted = '{"userinfo":{"name":{"essential":true}},"id_token":{"nickname":null}}'

    params = ask(site, alice, "code id_token token", claims=wanted).params

    assert site.userinfo(params["access_token"]).json()["name"] == "Alice"
    claims = jose.claims_of(params["id_token"])
    assert (claims["nickname"], "name" in claims) == ("Al", False)


@pytest.mark.req("oidcc-userinfo-get", "oidcc-userinfo-post-header", "oidcc-userinfo-post-body")
@pytest.mark.parametrize("client_id", ["classic", "classic-jwt"])
@pytest.mark.parametrize("response_type", WITH_TOKEN)
def test_the_access_token_works_at_userinfo(
    site: Site, alice: Browser, response_type: str, client_id: str
) -> None:
    params = ask(site, alice, response_type, client_id).params
    bearer = {"Authorization": f"Bearer {params['access_token']}"}

    answers = [
        site.userinfo(params["access_token"]),
        site.http.post(site.endpoint("userinfo"), headers=bearer),
        site.post("userinfo", {"access_token": params["access_token"]}),
    ]

    assert params["token_type"] == "Bearer"
    assert int(params["expires_in"]) > 0
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["sub"] for answer in answers}) == 1
    assert ("." in params["access_token"]) == (client_id == "classic-jwt")


@pytest.mark.req("oidcc-prompt-none-not-logged-in")
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("response_type", [*IMPLICIT, *HYBRID])
def test_prompt_none_not_logged_in(site: Site, response_type: str, mode: str | None) -> None:
    sent = ask(
        site, site.browser(), response_type, prompt="none", state=LONG_STATE, response_mode=mode
    )

    assert sent.mode == (mode or "fragment")
    assert sent.params["error"] == "login_required"
    assert sent.params["state"] == LONG_STATE


@pytest.mark.req("oidcc-prompt-none-logged-in", "oidcc-id-token-hint")
@pytest.mark.parametrize("response_type", WITH_ID_TOKEN)
def test_prompt_none_logged_in(site: Site, alice: Browser, response_type: str) -> None:
    first = ask(site, alice, response_type).params["id_token"]

    again = ask(site, alice, response_type, prompt="none", id_token_hint=first).params["id_token"]

    before, after = jose.claims_of(first), jose.claims_of(again)
    assert (after["sub"], after["auth_time"]) == (before["sub"], before["auth_time"])


@pytest.mark.req("oidcc-prompt-login")
@pytest.mark.parametrize("response_type", ["id_token", "code id_token"])
def test_prompt_login(site: Site, alice: Browser, response_type: str) -> None:
    page = site.authorize(alice, "classic", response_type=response_type, prompt="login")

    assert has_form(page, "username", "password")
    assert "id_token" in received(alice.log_in(page, "alice", PASSWORD)).params


@pytest.mark.req("BR-07")
def test_a_new_client_asks_before_tokens_come(site: Site, alice: Browser) -> None:
    silent = ask(site, alice, "id_token token", "classic-asks", prompt="none")
    page = site.authorize(alice, "classic-asks", response_type="id_token token")

    assert (silent.mode, silent.params["error"]) == ("fragment", "consent_required")
    assert has_form(page, "decision")
    assert "access_token" in received(alice.allow(page)).params


def test_who_refuses_is_sent_back_in_the_fragment(site: Site) -> None:
    browser = site.browser()
    page = site.authorize(browser, "classic", response_type="code id_token")

    sent = received(browser.cancel(page))

    assert (sent.mode, sent.params["error"]) == ("fragment", "access_denied")


@pytest.mark.req("oidcc-codereuse", "oidcc-codereuse-30seconds", "CD-01")
@pytest.mark.parametrize("client_id", ["classic", "classic-jwt"])
def test_codereuse(site: Site, alice: Browser, client_id: str) -> None:
    params = ask(site, alice, "code token", client_id).params
    redeemed(site, params, client_id)

    second = site.redeem(params["code"], client_id, code_verifier=None)

    assert refused(second, "invalid_grant")
    assert bearer_refused(site.userinfo(params["access_token"]))


@pytest.mark.req("oidcc-refresh-token", "RT-11")
def test_refresh_tokens_come_by_a_code_only(site: Site, alice: Browser) -> None:
    offline = "openid offline_access"

    hybrid = ask(site, alice, "code id_token token", scope=offline).params
    implicit = ask(site, alice, "id_token token", scope=offline).params

    assert "refresh_token" not in hybrid
    assert "refresh_token" in redeemed(site, hybrid)
    assert "refresh_token" not in implicit
    assert implicit["scope"] == "openid"


@pytest.mark.req("oidcc-ensure-registered-redirect-uri", "RU-01", "RU-02")
@pytest.mark.parametrize("mode", [None, "query", "fragment", "form_post"])
def test_ensure_registered_redirect_uri(site: Site, alice: Browser, mode: str | None) -> None:
    response = site.authorize(
        alice,
        "classic",
        response_type="code id_token token",
        redirect_uri=f"{CALLBACK}/more",
        response_mode=mode,
    )

    assert is_local_page(response)


@pytest.mark.req("oidcc-ensure-post-request-succeeds")
@pytest.mark.parametrize("mode", MODES)
def test_ensure_post_request_succeeds(site: Site, alice: Browser, mode: str | None) -> None:
    fields = {
        "client_id": "classic",
        "redirect_uri": CALLBACK,
        "response_type": "code id_token",
        "scope": "openid",
        "nonce": "n",
        **({"response_mode": mode} if mode else {}),
    }

    page = alice.request("POST", site.endpoint("authorize"), data=fields)

    sent = received(alice.follow(page))
    assert sent.mode == (mode or "fragment")
    assert sent.params.keys() == {"code", "id_token", "iss", "session_state"}


@pytest.mark.req("RU-17")
@pytest.mark.parametrize("response_type", [*IMPLICIT, *HYBRID])
def test_no_token_travels_in_a_query(site: Site, alice: Browser, response_type: str) -> None:
    sent = ask(site, alice, response_type, response_mode="query")

    assert (sent.mode, sent.params["error"]) == ("fragment", "invalid_request")
    assert sent.params.keys() == {"error", "error_description", "state", "iss"}


@pytest.mark.req("RU-16")
@pytest.mark.parametrize("client_id", ["web", "classic"])
@pytest.mark.parametrize("response_type", ["token", "code id_token", "id_token"])
def test_only_clients_of_the_profile_get_tokens_here(
    site: Site, alice: Browser, client_id: str, response_type: str
) -> None:
    sent = ask(site, alice, response_type, client_id)

    allowed = client_id == "classic" and response_type != "token"
    assert (sent.params.get("error") == "unsupported_response_type") == (not allowed)
    assert ("id_token" in sent.params) == allowed


@pytest.mark.req("PK-01")
@pytest.mark.parametrize(
    ("response_type", "error"),
    [("code id_token", "invalid_request"), ("code token", "invalid_request"), ("id_token", None)],
)
def test_a_public_client_proves_a_code_and_nothing_else(
    site: Site, alice: Browser, response_type: str, error: str | None
) -> None:
    assert ask(site, alice, response_type, "classic-spa").params.get("error") == error


@pytest.mark.req("RU-13")
@pytest.mark.parametrize("nonce", ["n", None], ids=["answer", "error"])
def test_the_page_that_posts_itself_escapes_every_value(
    site: Site, alice: Browser, nonce: str | None
) -> None:
    state = "\"'><script>alert(1)</script>&amp;{{7*7}}"
    page = site.authorize(
        alice,
        "classic",
        response_type="code id_token",
        response_mode="form_post",
        state=state,
        nonce=nonce,
    )

    (script,) = soup(page).find_all("script")
    policy = page.headers["content-security-policy"]
    assert received(page).params["state"] == state
    assert script.get_text().strip() == "document.forms[0].submit();"
    assert f"'nonce-{script['nonce']}'" in policy
    assert "unsafe" not in policy
    assert "no-store" in page.headers["cache-control"]


@pytest.mark.req(
    "oidcc-display-page",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-max-age-10000",
)
@pytest.mark.parametrize(
    "changes",
    [
        {"display": "popup"},
        {"login_hint": "buffy@localhost"},
        {"ui_locales": "se"},
        {"claims_locales": "se"},
        {"extra": "foobar"},
        {"acr_values": "1 2"},
        {"max_age": "10000"},
    ],
    ids=str,
)
def test_harmless_parameters(site: Site, alice: Browser, changes: dict[str, str]) -> None:
    assert "id_token" in ask(site, alice, "id_token", **changes).params


@pytest.mark.req("DC-06", "oidcc-discovery-endpoint-verification")
def test_metadata_list_what_the_tenant_has(site: Site) -> None:
    metadata = site.metadata()

    assert set(metadata["response_types_supported"]) == set(TYPES)
    assert "implicit" in metadata["grant_types_supported"]
    assert set(metadata["response_modes_supported"]) >= {"query", "fragment", "form_post"}
