"""The OpenID Foundation's Dynamic OP plan, the modules that need no registration of their own."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support import jose
from tests.support.checks import is_local_page
from tests.support.configuration import CALLBACK
from tests.support.conformance import PLAIN, flow
from tests.support.site import Site

QUERIED = f"{CALLBACK}?foo=bar"


@pytest.mark.req("oidcc-idtoken-rs256")
def test_idtoken_rs256(site: Site) -> None:
    tokens, _ = flow(site)

    header = jose.header_of(tokens["id_token"])

    assert header["alg"] == "RS256"
    assert header["kid"]


@pytest.mark.req("oidcc-userinfo-rs256")
def test_userinfo_rs256(site: Site) -> None:
    tokens, id_token = flow(site, client_id="signed-userinfo", scope="openid email")

    response = site.userinfo(tokens["access_token"])

    assert response.headers["content-type"] == "application/jwt"
    claims = jose.verified(response.text, site.jwks())
    assert (claims["iss"], claims["aud"]) == (site.issuer, "signed-userinfo")
    assert (claims["sub"], claims["email"]) == (id_token["sub"], "alice@people.example")
    assert "nonce" not in claims
    assert "RS256" in site.metadata()["userinfo_signing_alg_values_supported"]


@pytest.mark.req("oidcc-ensure-redirect-uri-in-authorization-request")
def test_ensure_redirect_uri_in_authorization_request(site: Site) -> None:
    response = site.authorize(site.browser(), "two-uris", redirect_uri=None, **PLAIN)

    assert is_local_page(response)


@pytest.mark.req("oidcc-redirect-uri-query-OK")
def test_redirect_uri_query_ok(site: Site) -> None:
    sent = site.sign_in("queried", redirect_uri=QUERIED, **PLAIN)

    query = dict(parse_qsl(urlsplit(sent.location).query))
    assert query["foo"] == "bar"
    redeemed = site.redeem(sent.code, "queried", redirect_uri=QUERIED, code_verifier=None)
    assert redeemed.status_code == 200


@pytest.mark.req("oidcc-redirect-uri-query-mismatch", "oidcc-redirect-uri-query-added")
@pytest.mark.parametrize(
    ("client_id", "uri"),
    [("queried", f"{CALLBACK}?foo=baz"), ("queried", CALLBACK), ("web", QUERIED)],
)
def test_redirect_uri_query_mismatch_or_added(site: Site, client_id: str, uri: str) -> None:
    response = site.authorize(site.browser(), client_id, redirect_uri=uri, **PLAIN)

    assert is_local_page(response)
