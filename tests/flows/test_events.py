"""What happens at a server stands in its audit log, by the types of the catalogue (L4)."""

from collections.abc import Iterator

import pytest

from authwell.protocol.events import EventType
from tests.support.configuration import PASSWORD, document
from tests.support.running import running_site
from tests.support.site import Site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    entries = document(roles=[{"name": "editor", "permissions": ["document:read"]}])
    with running_site("sqlite", entries, REQUIRE_EMAIL_VERIFICATION="true") as running:
        yield running


def types(site: Site) -> list[str]:
    """What was written so far, but for letters, which are sent whenever there is time."""
    rows = site.sql("SELECT type FROM audit_events ORDER BY id")
    return [row["type"] for row in rows if row["type"] != EventType.MAIL_DELIVERED]


@pytest.mark.req("L4")
def test_tokens(site: Site) -> None:
    code = site.sign_in().code
    tokens = site.redeem(code).json()
    fresh = site.refresh(tokens["refresh_token"]).json()
    site.revoke(fresh["access_token"])
    site.redeem(code)

    assert types(site)[-5:] == [
        "authorization.granted",
        "code.redeemed",
        "token.refreshed",
        "access_token.revoked",
        "code.replayed",
    ]


@pytest.mark.req("L4")
def test_accounts(site: Site) -> None:
    known = {"username": "second", "email": "alice@example.com", "password": PASSWORD}
    site.http.post(site.url("auth/register"), json=known)
    site.run("user", "erase", "bob", "--yes")
    site.run("user", "restore", "bob")

    assert {"account.deleted", "account.restored"} <= set(types(site))


@pytest.mark.req("L4")
def test_keys_of_people(site: Site) -> None:
    login = {"username": "alice", "password": PASSWORD}
    token = site.http.post(site.url("auth/login"), json=login).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    wanted = {"name": "script", "scopes": ["read:user"]}
    made = site.http.post(site.url("auth/api-keys"), json=wanted, headers=bearer).json()
    site.run("api-key", "revoke", "--account", "alice", made["id"])

    assert types(site)[-2:] == ["api_key.created", "api_key.revoked"]


@pytest.mark.req("L4")
def test_configuration(site: Site) -> None:
    before = len(types(site))
    site.run("scope", "create", "read-it", "--description", "Read")
    site.run("scope", "update", "read-it", "--description", "Read it")
    site.run("scope", "delete", "read-it", "--yes")
    site.run("resource", "create", "https://r.example", "--name", "R")
    site.run("resource", "update", "https://r.example", "--name", "R2")
    site.run("resource", "delete", "https://r.example", "--yes")

    assert types(site)[before:] == [
        *("scope.created", "scope.updated", "scope.deleted"),
        *("resource.created", "resource.updated", "resource.deleted"),
    ]


@pytest.mark.req("L4")
def test_signing_keys(site: Site) -> None:
    site.run("keys", "rotate", "--now")

    assert {"key.made", "key.activated"} <= set(types(site))
