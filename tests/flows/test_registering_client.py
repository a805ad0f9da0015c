"""A relying party that nobody has configured, from its registration to the end of a session."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import NewDatabase, RunNode
from tests.flows.conftest import allow, log_in
from tests.flows.test_openid_client import wait_until_it_listens
from tests.parts import processes
from tests.parts.nginx import Front, start_front
from tests.parts.server import StartServer
from tests.support.configuration import account
from tests.support.site import Site, plain_client

SCRIPT = Path(__file__).with_name("registering_client.mjs")
EVENTS: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@dataclass(frozen=True, slots=True)
class Place:
    """A provider and a relying party that reach each other over TLS only."""

    site: Site
    provider: Front
    party: Front
    party_port: int

    def environment(self) -> dict[str, str]:
        """What the script is told; of its client it knows nothing."""
        made = self.site.run("client", "registration-token", "create", "--json").stdout
        return {
            "ISSUER": self.site.issuer,
            "INITIAL_ACCESS_TOKEN": json.loads(made)["token"],
            "BASE": self.party.url,
            "PORT": str(self.party_port),
            "NODE_EXTRA_CA_CERTS": str(self.provider.ca_file),
        }


@pytest.fixture
def place(
    start_server: StartServer, new_database: NewDatabase, redis_url: str, tmp_path: Path
) -> Iterator[Place]:
    """A server with two workers on PostgreSQL and Redis."""
    party_port, provider_port = processes.free_port(), processes.free_port()
    party = start_front(party_port, tmp_path / "party")
    server = start_server(
        DATABASE_URL=new_database("postgresql"),
        REDIS_URL=redis_url,
        ISSUER=f"https://localhost:{provider_port}",
        TRUSTED_PROXIES="127.0.0.1",
        WEB_CONCURRENCY="2",
        OUTGOING_ALLOW=f"localhost:{party.port}",
        OUTGOING_CA_FILE=str(party.ca_file),
    )
    provider = start_front(server.port, tmp_path / "provider", provider_port)
    with plain_client() as http:
        site = Site(server.environ["ISSUER"], server, http)
        policy = {"registration": "initial_access_token"}
        site.apply(
            {"tenants": [{"slug": "default", "policy": policy}], "accounts": [account("alice")]}
        )
        # A worker may go on for a second with what it has read; the new ones know the policy.
        server.stop()
        server.start_again()
        yield Place(site, provider, party, party_port)
    provider.stop()
    server.stop()
    party.stop()


def visit(page: Page, place: Place) -> None:
    """What the person does, and between it the relying party by itself."""
    page.goto(f"{place.party.url}/login")
    log_in(page, place.site.issuer)
    allow(page)
    expect(page.locator("body")).to_contain_text("alice@people.example")
    page.goto(f"{place.party.url}/rotate")
    expect(page.locator("body")).to_contain_text("The key is another one.")
    page.goto(f"{place.party.url}/logout")
    expect(page.locator("body")).to_contain_text("You are signed out.")


@pytest.mark.req(
    *("oidcc-registration-jwks-uri", "oidcc-refresh-token-rp-key-rotation"),
    *("oidcc-backchannel-rp-initiated-logout", "oidcc-3rd_party-init-login"),
)
def test_a_relying_party_registers_itself_and_all_that_follows(
    place: Place, node: RunNode, page: Page
) -> None:
    with ThreadPoolExecutor(1) as pool:
        script = pool.submit(node, SCRIPT, environ=place.environment())
        wait_until_it_listens(script, place.party_port)
        visit(page, place)
        done = script.result(timeout=30)

    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    registered, id_token, logout_token = (
        told[name] for name in ("registered", "idToken", "logoutToken")
    )
    assert registered["token_endpoint_auth_method"] == "private_key_jwt"
    assert registered["initiate_login_uri"] == f"{place.party.url}/login"
    assert "client_secret" not in registered
    assert id_token["aud"] == logout_token["aud"] == registered["client_id"]
    assert told["userinfo"]["sub"] == told["refreshedFor"] == id_token["sub"]
    assert logout_token["sid"] == id_token["sid"]
    assert logout_token["events"] == EVENTS
    assert "nonce" not in logout_token
    assert told["isBackWithItsState"] is True
    # Each of the two workers: the first key, and the second when its kid was unknown.
    assert 2 <= told["jwksFetches"] <= 4
    assert told["unregistered"] == 204
