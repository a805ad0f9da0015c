"""Metadata and keys: built from the configuration, the same for all, and true."""

import json
import subprocess
import time
from typing import Any

import pytest

from tests.parts.server import COMMAND
from tests.support import jose
from tests.support.checks import refused
from tests.support.raw import get
from tests.support.running import running_site
from tests.support.site import Site

DOCUMENTS = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
    "/oauth/jwks",
]
FORGED = [
    b"X-Forwarded-Host: evil.example",
    b"X-Forwarded-Proto: https",
    b"X-Forwarded-Port: 666",
    b"X-Forwarded-Prefix: /evil",
    b"X-Forwarded-Server: evil.example",
    b"Forwarded: host=evil.example;proto=https",
    b"X-Original-URL: /evil",
    b"X-Rewrite-URL: /evil",
    b"X-Host: evil.example",
    b"X_Forwarded_Host: evil.example",
]


@pytest.mark.req("DC-01", "HT-01", "0.9")
@pytest.mark.parametrize("path", DOCUMENTS)
def test_forged_headers_change_nothing(site: Site, path: str) -> None:
    plain = get(site.issuer, path.encode())

    for header in FORGED:
        forged = get(site.issuer, path.encode(), header)
        assert (forged.status, forged.body) == (200, plain.body)


@pytest.mark.req("DC-01")
def test_forged_headers_do_not_move_the_login(site: Site) -> None:
    browser = site.browser()
    browser.headers = {"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}

    page = site.authorize(browser)

    assert "evil.example" not in page.text
    assert browser.is_own(str(page.url))


@pytest.mark.req("DC-01")
@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "evil.example:80", ""])
@pytest.mark.parametrize("path", ["/oauth/authorize", "/.well-known/openid-configuration"])
def test_an_unknown_host_is_refused(site: Site, path: str, host: str) -> None:
    response = site.http.get(
        f"{site.issuer}{path}", headers=[(b"Host", host.encode())], follow_redirects=False
    )

    assert response.status_code in (400, 404)
    assert "evil" not in response.headers.get("location", "")


@pytest.mark.req("DC-01")
@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_health_and_metrics_answer_any_host(site: Site, path: str) -> None:
    response = site.http.get(f"{site.issuer}{path}", headers={"Host": "10.0.0.7:8080"})

    assert response.status_code == 200


@pytest.mark.req("DC-02", "N10")
@pytest.mark.parametrize("path", DOCUMENTS)
def test_documents_are_cacheable_and_the_same_for_all(site: Site, path: str) -> None:
    browser = site.browser()
    site.sign_in(browser=browser)
    headers = {"Origin": "https://evil.example", "Accept-Language": "de", "Accept": "text/html"}

    plain = site.http.get(site.url(path))
    personal = browser.request("GET", site.url(path), headers=headers)

    assert plain.headers["cache-control"].startswith("public, max-age=")
    assert plain.headers["content-type"] == "application/json"
    assert personal.content == plain.content
    assert "set-cookie" not in personal.headers
    assert "cookie" not in personal.headers.get("vary", "").lower()
    assert personal.headers["access-control-allow-origin"] == "*"


@pytest.mark.req("DC-03", "B9", "oidcc-0-jwks")
def test_only_public_members_are_published(site: Site) -> None:
    keys = site.jwks()["keys"]

    assert keys
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & key.keys()
        assert key["kty"] in ("RSA", "EC", "OKP")
        assert key["use"] == "sig"
        assert key["alg"]
    assert site.http.get(site.url("oauth/jwks")).json() == {"keys": keys}


@pytest.mark.req("DC-04", "B10", "1.8")
def test_rotation_keeps_what_was_signed_valid() -> None:
    with running_site() as site:
        before = site.jwks()
        generations = [site.client_credentials()]

        for _ in range(2):
            site.run("keys", "rotate", "--now")
            generations.append(_token_of_another_key(site, generations[-1]))

        jwks = site.jwks()
        kids = {key["kid"] for key in jwks["keys"]}
        assert {key["kid"] for key in before["keys"]} <= kids
        assert len({jose.header_of(token)["kid"] for token in generations}) == 3
        for token in generations:
            assert jose.verified(token, jwks)
            assert site.is_active(token)


def _token_of_another_key(site: Site, old: str) -> str:
    """A token of the new key, which each process sees within a second."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        token = site.client_credentials()
        if jose.header_of(token)["kid"] != jose.header_of(old)["kid"]:
            return token
    raise AssertionError("the old key signs on")


@pytest.mark.req("DC-04", "1.8")
def test_the_next_key_is_published_before_it_signs(site: Site) -> None:
    signing = jose.header_of(site.client_credentials())["kid"]

    kids = {key["kid"] for key in site.jwks()["keys"] if key["kty"] == "RSA"}

    assert signing in kids
    assert len(kids) >= 2


@pytest.mark.req("DC-05")
def test_a_key_that_opens_nothing_stops_the_start() -> None:
    with running_site() as site:
        kids = {key["kid"] for key in site.jwks()["keys"]}
        site.server.stop()
        wrong = {**site.environ, "KEY_ENCRYPTION_KEY": "A" * 43 + "="}

        done = _serve(site, wrong)
        site.server.start_again()

        assert done.returncode != 0
        assert "KEY_ENCRYPTION_KEY" in done.stdout + done.stderr
        assert {key["kid"] for key in site.jwks()["keys"]} == kids


def _serve(site: Site, environ: dict[str, str]) -> Any:
    return subprocess.run(
        [COMMAND, "serve"],
        env=environ,
        cwd=site.folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.req("DC-06", "1.9")
def test_metadata_equals_behaviour(site: Site) -> None:
    metadata = site.metadata()
    known = {
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:openid:params:grant-type:ciba",
    }

    for grant in known:
        response = site.token("web", grant_type=grant)
        listed = grant in metadata["grant_types_supported"]
        assert refused(response, "unsupported_grant_type") != listed
    for kind in ("code", "token", "id_token", "code id_token", "code token", "none"):
        listed = kind in metadata["response_types_supported"]
        response = site.authorize(site.browser(), response_type=kind)
        assert listed == (response.status_code == 200)


@pytest.mark.req("DC-06", "1.9")
def test_listed_endpoints_exist_and_no_others(site: Site) -> None:
    metadata = site.metadata()

    for name, url in metadata.items():
        if name.endswith("_endpoint"):
            assert site.http.request("OPTIONS", url).status_code != 404
            assert site.http.get(url).status_code != 404
    for path in ("par", "device_authorization", "bc-authorize", "register"):
        if site.endpoint(path) not in metadata.values():
            assert site.http.post(site.endpoint(path)).status_code == 404


@pytest.mark.req("DC-06", "1.9", "B11")
def test_response_modes_and_scopes_work_as_listed(site: Site) -> None:
    metadata = site.metadata()

    assert set(metadata["response_modes_supported"]) == {"query", "fragment", "form_post"}
    assert {"openid", "profile", "email", "offline_access"} <= set(metadata["scopes_supported"])
    assert metadata["request_parameter_supported"] is True
    assert metadata["request_uri_parameter_supported"] is True


@pytest.mark.req("B11", "1.9")
def test_both_documents_speak_of_the_same_server(site: Site) -> None:
    openid = site.metadata()
    oauth = site.http.get(site.url(".well-known/oauth-authorization-server")).json()

    assert openid["issuer"] == oauth["issuer"] == site.issuer
    assert all(openid[name] == value for name, value in oauth.items() if name in openid)


@pytest.mark.req("DC-07")
def test_private_keys_are_sealed_in_the_database_and_not_logged(site: Site) -> None:
    rows = site.sql("SELECT * FROM signing_keys")

    text = str(rows) + json.dumps([str(row) for row in rows])
    assert rows
    assert all(bytes(row["private_sealed"]) for row in rows)
    assert "PRIVATE KEY" not in text
    assert '"d"' not in text
    assert "PRIVATE KEY" not in site.server.log()
    assert not any(b"PRIVATE" in bytes(row["private_sealed"]) for row in rows)
