"""The OpenID Foundation's Basic OP plan: flows and claims, a test a module."""

from typing import Any

import pytest

from tests.support import jose
from tests.support.browser import answer, forms
from tests.support.checks import sent_back
from tests.support.configuration import EVERY_CLAIM, PASSWORD
from tests.support.conformance import PLAIN, flow
from tests.support.site import Site, authorization_request

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


@pytest.mark.req("oidcc-ensure-request-with-acr-values-succeeds", "1.11")
def test_the_acr_is_one_of_those_announced(site: Site) -> None:
    announced = site.metadata()["acr_values_supported"]

    _, claims = flow(site, acr_values=" ".join(announced))

    assert claims["acr"] in announced
    assert claims["amr"] == ["pwd"]
