"""Document 004's way from its own tokens to OAuth 2.0: four phases, side by side (B19)."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.support import jose
from tests.support.configuration import API, CALLBACK, PASSWORD, account, document
from tests.support.running import running_site
from tests.support.site import Site, basic


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    if request.param == "postgresql":
        request.getfixturevalue("postgresql_url")
    people = [account("root", roles=["admin"])]
    with running_site(request.param, document(accounts=people)) as running:
        yield running


def log_in(site: Site, username: str) -> dict[str, Any]:
    credentials = {"username": username, "password": PASSWORD}
    response = site.http.post(site.url("auth/login"), json=credentials)
    assert response.status_code == 200, response.text
    return dict(response.json())


def me(site: Site, token: str) -> httpx2.Response:
    return site.http.get(site.url("users/me"), headers={"Authorization": f"Bearer {token}"})


def register(site: Site, token: str) -> dict[str, Any]:
    """Phase 2, by a token of phase 1."""
    metadata = {
        "client_name": "Notes",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "scope": "openid profile read offline_access",
        "consent": "implicit",
    }
    bearer = {"Authorization": f"Bearer {token}"}
    response = site.http.post(site.url("oauth/clients"), json=metadata, headers=bearer)
    assert response.status_code == 201, response.text
    return dict(response.json())


def redeem(site: Site, client: dict[str, Any], **fields: str) -> dict[str, Any]:
    """Phase 3: the token endpoint."""
    credentials = basic(client["client_id"], client["client_secret"])
    response = site.post("token", fields, credentials)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.req("B19", "2.1", "B7", "B13", "B14")
def test_the_four_phases_work_side_by_side(site: Site) -> None:
    # 1: JWT endpoints
    first = log_in(site, "alice")
    assert me(site, first["access_token"]).json()["username"] == "alice"

    # 2: OAuth clients, made by an administrator's token of phase 1
    refused = site.http.post(
        site.url("oauth/clients"),
        json={},
        headers={"Authorization": f"Bearer {first['access_token']}"},
    )
    client = register(site, log_in(site, "root")["access_token"])
    assert refused.status_code == 403

    # 3: OAuth flows, for the same person and the same keys
    code = site.sign_in(client["client_id"], username="alice", scope="openid read").code
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    verifier = {"code_verifier": "a-verifier-of-more-than-forty-three-characters-0123456789"}
    second = redeem(site, client, **fields, **verifier)
    assert jose.verified(second["access_token"], site.jwks())["sub"] == first["user"]["id"]
    assert jose.verified(first["access_token"], site.jwks())["sub"] == first["user"]["id"]

    # 4: scopes decide what a token opens
    service = redeem(site, client, grant_type="client_credentials", scope="read")
    told = site.introspect(service["access_token"], "rs").json()
    assert (told["active"], told["scope"], told["aud"]) == (True, "read", API)
    assert me(site, second["access_token"]).status_code == 403
    asked = site.post(
        "token",
        {"grant_type": "client_credentials", "scope": "write"},
        basic(client["client_id"], client["client_secret"]),
    )
    assert asked.json()["error"] == "invalid_scope"

    # and what was there before goes on
    assert me(site, first["access_token"]).status_code == 200
    assert site.introspect(first["access_token"]).json()["username"] == "alice"
    assert not site.is_active(first["access_token"], "rs")


@pytest.mark.req("C3", "C4", "B5", "B18")
def test_what_ends_a_login_ends_it_for_introspection_too(site: Site) -> None:
    tokens = log_in(site, "bob")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    before = site.is_active(tokens["access_token"])

    ended = site.http.post(site.url("auth/logout"), headers=bearer)

    assert (before, ended.status_code) == (True, 204)
    assert not site.is_active(tokens["access_token"])
    again = site.http.post(
        site.url("auth/refresh"), json={"refresh_token": tokens["refresh_token"]}
    )
    assert again.status_code == 401
