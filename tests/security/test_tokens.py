"""Tokens and JOSE (RFC 8725): nothing but our own signature under our own rules is believed."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import jose
from tests.support.browser import has_form
from tests.support.checks import bearer_refused
from tests.support.configuration import API, OTHER_API
from tests.support.site import Site

Claims = dict[str, Any]


@pytest.fixture(scope="module")
def issued(site: Site) -> Claims:
    """The tokens of one person, that forgeries are made from."""
    return site.tokens()


def is_refused_everywhere(site: Site, token: str) -> bool:
    """Whether userinfo refuses a token, introspection knows nothing of it and the API is shut."""
    clients = site.http.get(site.endpoint("clients"), headers={"Authorization": f"Bearer {token}"})
    return (
        bearer_refused(site.userinfo(token))
        and site.introspect(token).json() == {"active": False}
        and clients.status_code == 401
    )


def is_no_hint(site: Site, token: str) -> bool:
    """Whether a logout with this hint asks the person, as it does without a hint."""
    browser = site.browser()
    site.sign_in(browser=browser)
    page = browser.open(site.endpoint("logout"), {"id_token_hint": token})
    return page.status_code in (200, 400) and bool(browser.cookies)


@pytest.mark.req("TK-01")
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_an_unsigned_token_is_refused(site: Site, issued: Claims, alg: str) -> None:
    token = jose.unsigned(jose.claims_of(issued["access_token"]), alg)

    assert is_refused_everywhere(site, token)
    assert is_refused_everywhere(site, token + "x")


@pytest.mark.req("TK-01", "LO-03")
@pytest.mark.parametrize("alg", ["none", "nOnE"])
def test_an_unsigned_hint_is_none(site: Site, issued: Claims, alg: str) -> None:
    hint = jose.unsigned(jose.claims_of(issued["id_token"]), alg, typ="JWT")

    assert is_no_hint(site, hint)


@pytest.mark.req("TK-02")
@pytest.mark.parametrize("form", ["pem", "der", "json", "modulus"])
def test_the_public_key_is_no_secret(site: Site, issued: Claims, form: str) -> None:
    kid = jose.header_of(issued["access_token"])["kid"]
    (jwk,) = [key for key in site.jwks()["keys"] if key["kid"] == kid]
    secret = {
        "pem": jose.pem(jwk),
        "der": jose.der(jwk),
        "json": json.dumps(jwk).encode(),
        "modulus": jwk["n"].encode(),
    }[form]

    token = jose.hs256(jose.claims_of(issued["access_token"]), secret, kid=kid)

    assert is_refused_everywhere(site, token)


@pytest.mark.req("TK-03")
@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_in_the_header_is_ignored(site: Site, issued: Claims, member: str) -> None:
    key = jose.rsa_key()
    value: Any = {
        "jwk": jose.public_jwk(key),
        "jku": "http://127.0.0.1:9/jwks",
        "x5u": "http://127.0.0.1:9/certificate",
        "x5c": ["MIIB"],
    }[member]
    claims = jose.claims_of(issued["access_token"])
    kid = jose.header_of(issued["access_token"])["kid"]

    assert is_refused_everywhere(site, jose.rs256(claims, key, **{member: value}))
    assert is_refused_everywhere(site, jose.rs256(claims, key, kid=kid, **{member: value}))


@pytest.mark.req("TK-04")
@pytest.mark.parametrize(
    "kid", ["../../../dev/null", "' OR 1=1 --", "\x00", "x" * 20000, "ü", "", None, 7, [], {}]
)
def test_a_hostile_kid_is_a_plain_refusal(site: Site, issued: Claims, kid: Any) -> None:
    token = jose.rs256(jose.claims_of(issued["access_token"]), jose.rsa_key(), kid=kid)

    assert is_refused_everywhere(site, token)


@pytest.mark.req("TK-05")
@pytest.mark.parametrize(
    "header",
    [{"crit": ["exp"]}, {"crit": ["x"], "x": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}],
)
def test_critical_headers_are_refused(site: Site, issued: Claims, header: Claims) -> None:
    kid = jose.header_of(issued["access_token"])["kid"]

    token = jose.rs256(jose.claims_of(issued["access_token"]), jose.rsa_key(), kid=kid, **header)

    assert is_refused_everywhere(site, token)


@pytest.mark.req("TK-06")
def test_an_empty_key_signs_nothing(site: Site, issued: Claims) -> None:
    assert is_refused_everywhere(site, jose.hs256(jose.claims_of(issued["access_token"]), b""))


@pytest.mark.req("TK-06")
@pytest.mark.parametrize("secret", ["", " ", None])
def test_an_empty_secret_cannot_be_configured(site: Site, secret: str | None) -> None:
    file = site.folder / "empty-secret.yaml"
    entry = {"client_id": "hollow", "client_secret": secret, "grant_types": ["client_credentials"]}
    file.write_text(json.dumps({"clients": [entry]}))

    assert site.run("apply", "-f", str(file), check=False).returncode != 0


@pytest.mark.req("TK-07")
@pytest.mark.parametrize(
    "header",
    [
        {"alg": "RSA-OAEP-256", "enc": "A256GCM"},
        {"alg": "dir", "enc": "A128GCM"},
        {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 10**9, "p2s": "AAAA"},
        {"alg": "RSA-OAEP-256", "enc": "A256GCM", "zip": "DEF"},
    ],
)
def test_an_encrypted_token_is_not_a_signed_one(site: Site, header: Claims) -> None:
    token = jose.base64url(json.dumps(header).encode()) + ".AAAA.AAAA.AAAA.AAAA"
    begun = time.perf_counter()

    assert is_refused_everywhere(site, token)
    assert time.perf_counter() - begun < 2


@pytest.mark.req("TK-08")
def test_tokens_are_not_taken_for_one_another(site: Site, issued: Claims) -> None:
    as_access = [issued["id_token"], issued["refresh_token"]]

    assert all(bearer_refused(site.userinfo(token)) for token in as_access)
    assert site.introspect(issued["id_token"]).json() == {"active": False}
    assert is_no_hint(site, issued["access_token"])
    assert site.refresh(issued["access_token"]).json()["error"] == "invalid_grant"
    assert site.redeem(issued["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.req("TK-08", "1.14")
def test_an_access_token_says_what_it_is(site: Site, issued: Claims) -> None:
    token = site.client_credentials("service", resource=API)

    header, claims = jose.header_of(token), jose.verified(token, site.jwks())

    assert header["typ"] == "at+jwt"
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (site.issuer, API, "service")
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["jti"]
    assert jose.header_of(issued["id_token"]).get("typ", "JWT") == "JWT"


@pytest.mark.req("TK-09")
def test_a_token_is_for_its_audience_only(site: Site) -> None:
    token = site.client_credentials("service", resource=API)

    assert site.introspect(token, "rs").json()["active"] is True
    assert site.introspect(token, "other-rs").json() == {"active": False}
    assert jose.claims_of(token)["aud"] != OTHER_API


@pytest.mark.req("TK-09", "1.14")
def test_resources_narrow_and_widen_nothing(site: Site) -> None:
    code = site.sign_in(scope="openid read", resource=API).code

    other = site.redeem(code, resource=OTHER_API)
    tokens = site.redeem(site.sign_in(scope="openid read", resource=API).code).json()
    unknown = site.token("service", grant_type="client_credentials", resource="urn:x:unknown")
    relative = site.token("service", grant_type="client_credentials", resource="/api")

    assert other.json()["error"] == "invalid_target"
    assert jose.claims_of(tokens["access_token"])["aud"] == [API, site.issuer]
    assert unknown.json()["error"] == relative.json()["error"] == "invalid_target"


@pytest.mark.req("TK-09", "B14")
def test_our_own_api_wants_its_own_audience_and_scope(site: Site, issued: Claims) -> None:
    def status(token: str) -> int:
        bearer = {"Authorization": f"Bearer {token}"}
        return site.http.get(site.endpoint("clients"), headers=bearer).status_code

    assert status(issued["access_token"]) in (401, 403)
    assert status(site.client_credentials("service")) in (401, 403)
    assert status(site.client_credentials("admin", scope="admin")) == 200


@pytest.mark.req("TK-10")
@pytest.mark.parametrize("exp", [0, -1, "9999999999", None, 1e400, "NaN", [], 10**30, True])
def test_a_forged_expiry_is_refused(site: Site, issued: Claims, exp: Any) -> None:
    claims = {**jose.claims_of(issued["access_token"]), "exp": exp}

    assert is_refused_everywhere(site, jose.rs256(claims, jose.rsa_key()))


@pytest.mark.req("TK-10", "EP-03")
def test_an_expired_token_is_refused(short_lived_site: Site) -> None:
    token = short_lived_site.tokens()["access_token"]
    claims = jose.claims_of(token)
    time.sleep(max(0.0, claims["exp"] - time.time()) + 0.1)

    assert bearer_refused(short_lived_site.userinfo(token))
    assert short_lived_site.introspect(token).json() == {"active": False}


@pytest.mark.req("TK-11")
@pytest.mark.parametrize(
    "make",
    [
        lambda: "a" * 60000,
        lambda: "." * 60000,
        lambda: "a." * 30000,
        lambda: (
            jose.base64url(b'{"alg":"RS256","x":' + b"[" * 20000 + b"]" * 20000 + b"}") + ".e30.x"
        ),
        lambda: jose.base64url(b'{"alg":"RS256"}') + "." + jose.base64url(b"[" * 40000) + ".x",
        lambda: jose.base64url(b'{"alg":"RS256","kid":"' + b"k" * 40000 + b'"}') + ".e30.x",
    ],
)
def test_a_huge_or_deep_token_is_refused_fast(site: Site, make: Callable[[], str]) -> None:
    token = make()
    begun = time.perf_counter()

    response = site.introspect(token)

    assert response.status_code == 200
    assert response.json() == {"active": False}
    assert time.perf_counter() - begun < 1


@pytest.mark.req("TK-11", "HT-04")
def test_a_body_of_a_megabyte_is_refused_fast(site: Site) -> None:
    begun = time.perf_counter()

    response = site.introspect("a" * 1_000_000)

    assert response.status_code in (400, 413)
    assert time.perf_counter() - begun < 1


@pytest.mark.req("TK-13", "1.10")
def test_a_subject_is_an_opaque_string(site: Site) -> None:
    subjects = {
        name: jose.claims_of(site.tokens(username=name)["id_token"])["sub"]
        for name in ("alice", "bob")
    }

    assert subjects["alice"] != subjects["bob"]
    for name, subject in subjects.items():
        assert isinstance(subject, str)
        assert not subject.isdigit()
        assert name not in subject
        assert "@" not in subject


@pytest.mark.req("TK-13")
def test_a_subject_is_not_given_again(site: Site, administration: Any) -> None:
    person = {"username": "twice", "password": "Correct-Horse-7-Battery"}
    site.apply({"accounts": [person]})
    first = jose.claims_of(site.tokens(username="twice", scope="openid")["id_token"])["sub"]
    administration.delete_account("twice")
    site.apply({"accounts": [person]})

    second = jose.claims_of(site.tokens(username="twice", scope="openid")["id_token"])["sub"]

    assert first != second


@pytest.mark.req("TK-18")
def test_a_token_in_the_url_is_not_accepted(site: Site, issued: Claims) -> None:
    query = {"access_token": issued["access_token"]}

    by_get = site.http.get(site.endpoint("userinfo"), params=query)
    by_post = site.http.post(site.endpoint("userinfo"), params=query)

    assert by_get.status_code in (400, 401)
    assert by_post.status_code in (400, 401)


@pytest.mark.req("TK-04", "HT-06")
def test_broken_tokens_are_plain_refusals(site: Site) -> None:
    broken = ["", ".", "..", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", "\u00e4.\u00e4.\u00e4"]
    broken += [base64.b64encode(b"\xff\xfe" * 20).decode()]

    assert all(site.introspect(token).status_code in (200, 400) for token in broken)


@pytest.mark.req("TK-08")
def test_an_access_token_is_no_hint_at_the_authorization_endpoint(
    site: Site, issued: Claims
) -> None:
    page = site.authorize(site.browser(), id_token_hint=issued["access_token"])

    assert has_form(page, "password") or "error=" in page.headers["location"]
