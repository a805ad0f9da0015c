"""A provider that foreign clients sign in at: over plain http, and through nginx with TLS."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import need
from tests.parts import processes
from tests.parts.nginx import start_front
from tests.parts.server import StartServer
from tests.support.configuration import (
    API,
    PASSWORD,
    Entry,
    account,
    client,
    resource_server,
    service,
)
from tests.support.site import Site

# A page waits for a password hash, a server and a browser that share two processors.
expect.set_options(timeout=20_000)


@dataclass(frozen=True, slots=True)
class Provider:
    """A server, and the authority that clients must trust to reach it."""

    site: Site
    ca_file: Path | None

    @property
    def issuer(self) -> str:
        """All that a relying party is told of it."""
        return self.site.issuer

    def register(self, relying_party: str) -> None:
        """Configure it for a relying party at this address, a service, an API and a person."""
        self.site.apply(configuration(relying_party))


def configuration(relying_party: str) -> Entry:
    """What an operator writes down for everyone of these flows."""
    return {
        "resources": [
            {
                "identifier": API,
                "name": "Example API",
                "scopes": ["read"],
                "introspection_clients": ["api"],
            }
        ],
        "scopes": [{"name": "read", "description": "Read your notes"}],
        "clients": [
            client(
                "notebook",
                redirect_uris=[f"{relying_party}/callback"],
                post_logout_redirect_uris=[f"{relying_party}/signed-out"],
                scope="openid profile email offline_access read",
                consent="required",
            ),
            service("service", scope="read"),
            resource_server("api"),
        ],
        "accounts": [account("alice")],
    }


@pytest.fixture(scope="module", params=["http", "tls"])
def provider(
    request: pytest.FixtureRequest,
    start_server: StartServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Provider]:
    """A server on the loopback interface, alone and behind nginx."""
    if request.param == "http":
        server = start_server()
        with httpx2.Client(trust_env=False) as http:
            yield Provider(Site(server.url, server, http), None)
        server.stop()
        return
    need("nginx")
    port = processes.free_port()
    issuer = f"https://localhost:{port}"
    server = start_server(ISSUER=issuer, TRUSTED_PROXIES="127.0.0.1")
    front = start_front(server.port, tmp_path_factory.mktemp("nginx"), port)
    context = ssl.create_default_context(cafile=str(front.ca_file))
    with httpx2.Client(trust_env=False, verify=context) as http:
        yield Provider(Site(issuer, server, http), front.ca_file)
    front.stop()
    server.stop()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab of a person who has never been here."""
    with browser.new_context(ignore_https_errors=True) as context:
        yield context.new_page()


def log_in(page: Page, issuer: str) -> None:
    """Fill in the login page, which a client has led to."""
    expect(page.locator("input[name=password]")).to_be_visible()
    assert page.url.startswith(f"{issuer}/")
    page.fill("input[name=username]", "alice")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def allow(page: Page) -> None:
    """Press the button of the consent page."""
    page.click("button[name=decision][value=allow]")
