"""Request objects against a running server: by value, by reference, and by strangers (THREATS.md
AR).
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import import_key

from tests.parts.https import HttpsServer, Reply, https_server
from tests.support.assertions import new_key, public, signed
from tests.support.browser import answer
from tests.support.checks import is_local_page, sent_back
from tests.support.configuration import CALLBACK, PASSWORD, client, document
from tests.support.jose import base64url, unsigned
from tests.support.running import running_site
from tests.support.site import Site, authorization_request

KEY = new_key("RS256")
STRANGER = new_key("RS256")
KEYS = {"keys": [public(KEY, kid="k1")]}


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    """The client's own server."""
    with https_server(tmp_path_factory.mktemp("client")) as running:
        yield running


@pytest.fixture(scope="module")
def here(other: HttpsServer) -> Iterator[Site]:
    uris = [other.origin + path for path in ("/object#v1", "/gone", "/moved", "/long", "/slow")]
    entries = document(
        tenants=[{"slug": "default", "policy": {"profiles": ["oauth21", "oidc_classic"]}}],
        clients=[
            client("signing", jwks=KEYS, request_uris=uris),
            client("fetched", jwks_uri=other.origin + "/jwks", request_uris=uris),
            client("must-sign", jwks=KEYS, require_signed_request_object=True),
            client(
                "unsigned",
                profile="oidc_classic",
                request_object_signing_alg="none",
                request_uris=uris,
            ),
            client("inside", jwks=KEYS, request_uris=["https://127.0.0.2/object"]),
            client("cloud", jwks=KEYS, request_uris=["https://169.254.169.254/latest"]),
            client("plain"),
        ],
    )
    with running_site(
        entries=entries, OUTGOING_ALLOW=other.host_port, OUTGOING_CA_FILE=str(other.ca_file)
    ) as running:
        yield running


def claims(site: Site, client_id: str = "signing", **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {
        **authorization_request(client_id),
        "iss": client_id,
        "aud": site.issuer,
        "iat": now,
        "exp": now + 60,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def request_object(site: Site, client_id: str = "signing", **changes: Any) -> str:
    return signed(claims(site, client_id, **changes), KEY, "RS256", kid="k1")


@pytest.mark.req("AR-03")
def test_a_signed_object_leads_through_login_to_a_code(here: Site) -> None:
    token = request_object(here, state="inner", prompt="login")

    sent = here.sign_in("signing", request=token, state="outer", prompt=None)
    response = here.redeem(sent.code, "signing")

    assert sent.params["state"] == "inner"
    assert response.status_code == 200


@pytest.mark.req("oidcc-request-uri-signed-rs256")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_request_uri_signed_rs256(here: Site, other: HttpsServer, method: str) -> None:
    other.replies["/object"] = Reply(
        request_object(here, "fetched", state="inner").encode() + b"\n",
        headers={"Content-Type": "text/plain"},
    )
    other.replies["/jwks"] = Reply(json.dumps(KEYS).encode())
    fetched, asked = other.calls("/object"), other.calls("/jwks")
    sent = authorization_request("fetched", request_uri=other.origin + "/object#v1")
    browser = here.browser()

    if method == "GET":
        page = browser.open(here.endpoint("authorize"), sent)
    else:
        page = browser.follow(here.post("authorize", sent))
    reply = answer(browser.log_in(page, "alice", PASSWORD))

    assert reply.params["state"] == "inner"
    assert here.redeem(reply.code, "fetched").status_code == 200
    assert other.calls("/object") == fetched + 1
    assert other.calls("/jwks") <= asked + 1


@pytest.mark.req("oidcc-request-uri-unsigned")
def test_request_uri_unsigned(here: Site, other: HttpsServer) -> None:
    token = unsigned(claims(here, "unsigned", state="inner"), typ="JWT")
    other.replies["/object"] = Reply(token.encode())

    by_reference = here.sign_in("unsigned", request_uri=other.origin + "/object#v1")
    by_value = here.sign_in("unsigned", request=token)

    assert by_reference.params["state"] == by_value.params["state"] == "inner"


@pytest.mark.req("oidcc-ensure-request-object-with-redirect-uri")
def test_the_redirect_uri_of_the_object_is_used(here: Site) -> None:
    token = unsigned(claims(here, "unsigned"), typ="JWT")
    wrong = unsigned(claims(here, "unsigned", redirect_uri="https://evil.example/"), typ="JWT")

    sent = here.sign_in("unsigned", request=token, redirect_uri=CALLBACK + "/other")
    page = here.authorize(here.browser(), "unsigned", request=wrong)

    assert sent.code
    assert is_local_page(page)


@pytest.mark.req("AR-01", "WH-01", "WH-03")
@pytest.mark.parametrize(
    ("client_id", "uri"),
    [
        ("signing", "https://169.254.169.254/"),
        ("signing", "http://127.0.0.1/"),
        ("signing", "file:///etc/passwd"),
        ("signing", "urn:ietf:params:oauth:request_uri:x"),
        ("plain", "https://app.example/object"),
        ("inside", "https://127.0.0.2/object"),
        ("cloud", "https://169.254.169.254/latest"),
    ],
)
def test_nothing_else_is_called(here: Site, client_id: str, uri: str) -> None:
    response = here.authorize(here.browser(), client_id, request_uri=uri)

    assert sent_back(response, "invalid_request_uri")


@pytest.mark.req("AR-01", "WH-03", "WH-04")
@pytest.mark.parametrize("path", ["/gone", "/moved", "/long", "/slow"])
def test_what_cannot_be_had_is_a_plain_refusal(here: Site, other: HttpsServer, path: str) -> None:
    other.replies["/moved"] = Reply(status=302, headers={"Location": other.origin + "/target"})
    other.replies["/long"] = Reply(b"e" * 100_000)
    other.replies["/slow"] = Reply(send=lambda _: time.sleep(6))
    started = time.monotonic()

    response = here.authorize(here.browser(), "signing", request_uri=other.origin + path)

    assert sent_back(response, "invalid_request_uri")
    assert time.monotonic() - started < 5
    assert other.calls("/target") == 0


@pytest.mark.req("AR-02", "AR-03")
def test_forged_objects_are_sent_back(here: Site) -> None:
    forged = [
        unsigned(claims(here), typ="JWT"),
        unsigned(claims(here), "nOnE", typ="JWT"),
        signed(claims(here), STRANGER, "RS256", kid="k1"),
        request_object(here, client_id="must-sign"),
        request_object(here, client_id="signing", exp=int(time.time()) - 3600),
        request_object(here, client_id="signing", aud="https://other.example"),
        request_object(here, client_id="signing", sub="signing"),
    ]

    for token in forged:
        response = here.authorize(here.browser(), "signing", request=token)
        assert sent_back(response, "invalid_request_object")


@pytest.mark.req("AR-09", "RU-01")
@pytest.mark.parametrize("redirect_uri", [CALLBACK, None, "https://evil.example/cb"])
@pytest.mark.parametrize(
    "token",
    ["x", "..", "a.b.c", "a.b.c.d.e", "W10.W10.W10", "e30.e30.", "null", "\u00e9", "e30." * 5000],
)
def test_malformed_objects_are_never_followed(
    here: Site, token: str, redirect_uri: str | None
) -> None:
    response = here.authorize(here.browser(), "signing", request=token, redirect_uri=redirect_uri)

    if redirect_uri == CALLBACK:
        assert sent_back(response, "invalid_request_object")
    else:
        assert is_local_page(response)


def test_a_client_that_must_sign_cannot_ask_otherwise(here: Site) -> None:
    plain = here.authorize(here.browser(), "must-sign")
    sent = here.sign_in("must-sign", request=request_object(here, "must-sign"))

    assert sent_back(plain, "invalid_request")
    assert sent.code


@pytest.mark.req("DC-06", "oidcc-discovery-endpoint-verification")
def test_metadata_say_what_is_taken(here: Site) -> None:
    metadata = here.metadata()

    assert metadata["request_parameter_supported"] is True
    assert metadata["request_uri_parameter_supported"] is True
    assert metadata["require_request_uri_registration"] is True
    assert metadata["request_object_signing_alg_values_supported"][0] == "RS256"
    assert "none" not in metadata["request_object_signing_alg_values_supported"]


@pytest.mark.req("DC-06")
def test_a_tenant_without_them_says_so() -> None:
    policy = {"slug": "default", "policy": {"request_objects": False}}
    entries = document(tenants=[policy], clients=[client("signing", jwks=KEYS)])

    with running_site(entries=entries) as site:
        metadata = site.metadata()
        by_value = site.authorize(site.browser(), request="e30.e30.")
        by_reference = site.authorize(site.browser(), request_uri="https://app.example/r#abc")

    assert metadata["request_parameter_supported"] is False
    assert metadata["request_uri_parameter_supported"] is False
    assert "request_object_signing_alg_values_supported" not in metadata
    assert sent_back(by_value, "request_not_supported")
    assert sent_back(by_reference, "request_uri_not_supported")


# -- encrypted -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def opening_site() -> Iterator[Site]:
    """A site whose tenant takes encrypted objects."""
    policy = {"slug": "default", "policy": {"request_object_encryption": True}}
    members = {
        "request_object_encryption_alg": "ECDH-ES",
        "request_object_encryption_enc": "A256GCM",
    }
    entries = document(tenants=[policy], clients=[client("signing", jwks=KEYS, **members)])
    with running_site(entries=entries) as running:
        yield running


def keys_to_encrypt_to(site: Site) -> dict[str, dict[str, Any]]:
    found = {jwk["kty"]: jwk for jwk in site.jwks()["keys"] if jwk["use"] == "enc"}
    assert set(found) == {"RSA", "EC"}
    return found


def encrypted(plain: str, jwk: dict[str, Any], alg: str) -> str:
    header = {"alg": alg, "enc": "A256GCM", "cty": "JWT", "kid": jwk["kid"]}
    return jwe.encrypt_compact(header, plain, import_key(jwk), algorithms=[alg, "A256GCM"])


@pytest.mark.req("AR-09", "TK-07")
@pytest.mark.parametrize(("alg", "kty"), [("RSA-OAEP-256", "RSA"), ("ECDH-ES+A128KW", "EC")])
def test_a_published_key_takes_encrypted_objects(opening_site: Site, alg: str, kty: str) -> None:
    jwk = keys_to_encrypt_to(opening_site)[kty]
    token = encrypted(request_object(opening_site, state="inner"), jwk, alg)

    sent = opening_site.sign_in("signing", request=token)

    assert sent.params["state"] == "inner"


def test_the_key_before_still_opens_after_a_rotation(opening_site: Site) -> None:
    before = keys_to_encrypt_to(opening_site)["EC"]
    token = encrypted(request_object(opening_site, state="inner"), before, "ECDH-ES")

    told = opening_site.run("keys", "rotate", "--alg", "ECDH-ES", "--now").stdout
    time.sleep(1.1)  # other processes know the change within a second
    after = keys_to_encrypt_to(opening_site)["EC"]
    sent = opening_site.sign_in("signing", request=token)

    assert after["kid"] in told
    assert after["kid"] != before["kid"]
    assert sent.params["state"] == "inner"


@pytest.mark.req("DC-06")
def test_metadata_say_how_to_encrypt(opening_site: Site, here: Site) -> None:
    metadata = opening_site.metadata()

    assert "ECDH-ES+A256KW" in metadata["request_object_encryption_alg_values_supported"]
    assert "A128CBC-HS256" in metadata["request_object_encryption_enc_values_supported"]
    assert "request_object_encryption_alg_values_supported" not in here.metadata()
    assert {jwk["use"] for jwk in here.jwks()["keys"]} == {"sig"}


@pytest.mark.req("AR-09", "TK-11")
@pytest.mark.parametrize(
    "header",
    [
        {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "AAAA", "p2c": 10**9},
        {"alg": "RSA-OAEP-256", "enc": "A128GCM", "zip": "DEF"},
        {"alg": "RSA-OAEP-256", "enc": "A128GCM"},
        {"alg": "ECDH-ES", "enc": "A128GCM", "epk": {}},
        {"alg": "dir", "enc": "A128GCM"},
    ],
)
def test_hostile_encryption_is_sent_back(opening_site: Site, header: dict[str, Any]) -> None:
    token = base64url(json.dumps(header).encode()) + ".AAAA.AAAA.AAAA.AAAA"

    response = opening_site.authorize(opening_site.browser(), "signing", request=token)

    assert sent_back(response, "invalid_request_object")
