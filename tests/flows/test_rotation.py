"""Signing keys change while people log in, and no client notices (OpenID Connect Core 10.1.1)."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx2
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from authwell.utils.clock import utc_now
from tests.conftest import need
from tests.support.browser import Browser, answer
from tests.support.configuration import client, document
from tests.support.jose import header_of
from tests.support.running import running_site
from tests.support.site import Site, plain_client

TOKENS = 5_000
THREADS = 4
HOUR = timedelta(hours=1)


@dataclass
class World:
    """What all relying parties share: the time, which the test moves, and what they saw."""

    site: Site
    ahead: timedelta = timedelta(0)
    verified: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The time of the relying parties."""
        return utc_now() + self.ahead

    @property
    def issued(self) -> int:
        """How many tokens came."""
        return len(self.verified) + len(self.failed)

    def pass_an_hour(self) -> None:
        """For the relying parties, and for the keys of the server."""
        self.ahead += HOUR
        for key in self.site.sql("SELECT kid, created_at FROM signing_keys WHERE state = 'next'"):
            self.site.sql(
                "UPDATE signing_keys SET created_at = :at WHERE kid = :kid",
                at=key["created_at"] - HOUR,
                kid=key["kid"],
            )


@dataclass
class RelyingParty:
    """It keeps the JWKS for its max-age, and asks for it at no other time."""

    world: World
    browser: Browser
    http: httpx2.Client
    keys: KeySet | None = None
    good_until: datetime | None = None
    fetches: int = 0

    def log_in(self) -> None:
        """An ID token for somebody who is logged in, verified."""
        page = self.world.site.authorize(
            self.browser,
            "classic",
            response_type="id_token",
            scope="openid",
            code_challenge=None,
            code_challenge_method=None,
        )
        token = answer(page).params["id_token"]
        try:
            jwt.decode(token, self._keys(), algorithms=["RS256"])
        except (ValueError, JoseError) as error:
            self.world.failed.append(repr(error))
        else:
            self.world.verified.append(str(header_of(token)["kid"]))

    def _keys(self) -> KeySet:
        now = self.world.now
        if self.keys is None or self.good_until is None or now >= self.good_until:
            response = self.http.get(self.world.site.url(".well-known/jwks.json"))
            seconds = response.headers["cache-control"].partition("max-age=")[2]
            self.keys = KeySet.import_key_set(response.json())
            self.good_until = now + timedelta(seconds=int(seconds))
            self.fetches += 1
        return self.keys


@pytest.fixture
def world(postgresql_url: str) -> Iterator[World]:
    """A server with two workers on PostgreSQL, and a client that gets ID tokens at once."""
    need("postgresql")
    assert postgresql_url
    entries = document(
        tenants=[{"slug": "default", "policy": {"profiles": ["oauth21", "oidc_classic"]}}],
        clients=[
            client(
                "classic",
                profile="oidc_classic",
                grant_types=["implicit"],
                response_types=["id_token"],
                token_endpoint_auth_method="none",
                client_secret=None,
            )
        ],
    )
    with running_site("postgresql", entries=entries, WEB_CONCURRENCY="2") as site:
        yield World(site)


@pytest.mark.req("DC-04", "1.8", "oidcc-server-rotate-keys")
def test_thousands_of_id_tokens_verify_across_two_rotations(world: World) -> None:
    logged_in = world.site.browser()
    world.site.sign_in(browser=logged_in)
    enough = threading.Event()

    def run() -> int:
        with plain_client() as http:
            browser = Browser(http, world.site.issuer, dict(logged_in.cookies))
            party = RelyingParty(world, browser, http)
            while not enough.is_set():
                party.log_in()
            return party.fetches

    with ThreadPoolExecutor(THREADS) as pool:
        running = [pool.submit(run) for _ in range(THREADS)]
        for part in (1, 2, 3):
            # Counted from the end of the rotation before: its new key is known by then to every
            # worker, as it is after a real hour.
            wanted = world.issued + TOKENS // 3 + 1
            while world.issued < wanted and not any(one.done() for one in running):
                enough.wait(0.02)
            if part < 3:
                world.pass_an_hour()
                world.site.run("keys", "rotate", "--alg", "RS256")
        enough.set()
        fetches = [one.result() for one in running]

    assert world.failed == []
    assert len(world.verified) >= TOKENS
    assert len(set(world.verified)) == 3
    assert fetches == [3] * THREADS
