"""The whole application with people and clients, and their browsers in front of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from flask import Flask
from sqlalchemy import text

from authwell.app import create_app
from authwell.config.settings import load_settings
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.references import References
from authwell.identity.configuration.service import Configurator
from authwell.identity.passwords.hashing import Passwords
from authwell.middleware.context import EXTENSION, Site
from tests.conftest import NewDatabase
from tests.support.browser import Browser, answer
from tests.support.configuration import PASSWORD, account, client, document
from tests.support.site import authorization_request, plain_client

ISSUER = "http://localhost:5000"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that the test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@dataclass
class Here:
    """The application in this process."""

    app: Flask
    clock: Clock
    http: httpx2.Client

    @property
    def site(self) -> Site:
        """Its services."""
        found: Site = self.app.extensions[EXTENSION]
        return found

    def browser(self) -> Browser:
        """A new person's browser."""
        return Browser(self.http, ISSUER, headers={"Accept": "text/html"})

    def authorize(
        self, browser: Browser, client_id: str = "web", **changes: str | None
    ) -> httpx2.Response:
        """Start a flow; the page it leads to, or the redirect to the client."""
        return browser.open(
            f"{ISSUER}/oauth/authorize", authorization_request(client_id, **changes)
        )

    def log_in(self, browser: Browser, username: str = "alice") -> None:
        """Log in by a whole flow."""
        page = self.authorize(browser)
        answer(browser.log_in(page, username, PASSWORD))

    def apply(self, **sections: list[dict[str, Any]]) -> None:
        """Add to the configuration."""
        configurator = Configurator.of(self.site.database, self.site.settings, Passwords(2))
        references = References({}, Path(), warn_of_plain=False)
        configurator.apply(sections, references, Author("test", self.clock.now))
        # A snapshot is believed for a second; the tests do not wait that long.
        snapshots = self.site.snapshots
        snapshots.newer(snapshots.current()[0])

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Look into the database, or change it."""
        with self.site.database.engines[1].connect() as connection:
            result = connection.execute(text(statement), values)
            connection.commit()
            return [dict(row) for row in result.mappings()] if result.returns_rows else []


MakeHere = Callable[..., Here]


@pytest.fixture(scope="module")
def make_here(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> MakeHere:
    """Makes applications with settings."""

    def make(**environ: str) -> Here:
        settings = load_settings(
            {
                "ENVIRONMENT": "development",
                "ISSUER": ISSUER,
                "SECRET_KEY": "0123456789abcdef" * 4,
                "DATABASE_URL": new_database("sqlite"),
                "RATE_LIMITING_ENABLED": "false",
                "LOG_LEVEL": "ERROR",
                **environ,
            }
        )
        clock = Clock()
        app = create_app(settings, clock)
        here = Here(app, clock, plain_client(httpx2.WSGITransport(app=app)))
        shown = client(
            "shown",
            consent="required",
            client_name="Fernwood <b>Library</b>",
            client_uri="https://library.example",
            logo_uri="https://library.example/logo.png",
            policy_uri="https://library.example/privacy",
            tos_uri="https://library.example/terms",
        )
        here.apply(**document(clients=[shown], accounts=[account("carol")]))
        return here

    return make


@pytest.fixture(scope="module")
def here(make_here: MakeHere) -> Here:
    """The application of the module; tests bring their own browsers."""
    return make_here()


def at(response: httpx2.Response) -> str:
    """The path of a page, or of where a redirect leads."""
    location = response.headers.get("location")
    return urlsplit(location or str(response.url)).path


@pytest.fixture
def clock(here: Here) -> Iterator[Clock]:
    """The clock, set back afterwards."""
    yield here.clock
    here.clock.now = NOW
