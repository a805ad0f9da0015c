"""The OpenID Foundation's plan for back-channel logout, and who else ends sessions, against a
running server.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.parts.https import HttpsServer, Reply, https_server
from tests.support import jose
from tests.support.browser import Browser, answer, forms
from tests.support.checks import sent_back
from tests.support.configuration import BYE, PASSWORD, account, client, document
from tests.support.conformance import flow
from tests.support.running import running_site
from tests.support.site import Site

PATH = "/backchannel"
EVENTS: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@dataclass(frozen=True)
class Place:
    """A site, and the relying party that it tells."""

    site: Site
    party: HttpsServer

    def sessions_told(self, least: int = 1, seconds: float = 15) -> list[dict[str, Any]]:
        """The verified claims of the logout tokens that came, once there are so many."""
        deadline = time.monotonic() + seconds
        while self.party.calls(PATH) < least and time.monotonic() < deadline:
            time.sleep(0.02)
        jwks = self.site.jwks()
        bodies = [parse_qs(body.decode()) for _, path, _, body in self.party.seen if path == PATH]
        assert all(set(body) == {"logout_token"} for body in bodies)
        return [jose.verified(body["logout_token"][0], jwks) for body in bodies]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    if request.param == "postgresql":
        request.getfixturevalue("postgresql_url")
    with https_server(tmp_path_factory.mktemp("party")) as party:
        told = client(
            "told",
            backchannel_logout_uri=party.origin + PATH,
            backchannel_logout_session_required=True,
        )
        people = [account(name) for name in ("carol", "dave", "erin")]
        with running_site(
            request.param,
            document(clients=[told], accounts=people),
            WEB_CONCURRENCY="2" if request.param == "postgresql" else "1",
            OUTGOING_ALLOW=party.host_port,
            OUTGOING_CA_FILE=str(party.ca_file),
        ) as site:
            yield Place(site, party)


@pytest.fixture(autouse=True)
def nobody_was_told(place: Place) -> None:
    place.party.seen.clear()
    place.party.replies[PATH] = Reply()


@pytest.mark.req("oidcc-backchannel-discovery")
def test_discovery_announces_it_with_sessions(place: Place) -> None:
    metadata = place.site.metadata()

    assert metadata["backchannel_logout_supported"] is True
    assert metadata["backchannel_logout_session_supported"] is True
    assert "end_session_endpoint" in metadata


@pytest.mark.req("oidcc-backchannel-rp-initiated-logout")
def test_logout_tells_the_client_within_seconds(place: Place) -> None:
    site, browser = place.site, place.site.browser()
    tokens, claims = flow(site, browser, "told")
    asked = {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE, "state": "s"}

    begun = time.monotonic()
    response = browser.open(site.endpoint("logout"), asked)
    (told,) = place.sessions_told()
    took = time.monotonic() - begun

    assert (answer(response).uri, answer(response).params) == (BYE, {"state": "s"})
    assert (told["sid"], told["sub"]) == (claims["sid"], claims["sub"])
    assert (told["iss"], told["aud"], told["events"]) == (site.issuer, "told", EVENTS)
    assert "nonce" not in told
    assert took < 3
    assert sent_back(site.authorize(browser, prompt="none"), "login_required")


def by_our_page(place: Place, browser: Browser) -> None:
    page = browser.open(place.site.endpoint("logout"), {})
    form = forms(page)[0]
    name, value = form.buttons[0]
    browser.follow(browser.submit(page, {}, f"{name}={value}", form))


def by_another_login(place: Place, browser: Browser) -> None:
    place.site.sign_in("web", browser=browser, username="bob", prompt="login")


def by_a_new_password(place: Place, browser: Browser) -> None:
    place.site.run("user", "update", "carol", "--password", PASSWORD + "-new")


def by_disabling(place: Place, browser: Browser) -> None:
    place.site.run("user", "update", "dave", "--status", "disabled")


def by_deletion(place: Place, browser: Browser) -> None:
    place.site.run("user", "delete", "erin", "--yes")


@pytest.mark.req("oidcc-backchannel-rp-initiated-logout")
@pytest.mark.parametrize(
    ("username", "end"),
    [
        ("alice", by_our_page),
        ("alice", by_another_login),
        ("carol", by_a_new_password),
        ("dave", by_disabling),
        ("erin", by_deletion),
    ],
)
def test_whoever_ends_the_session_the_client_is_told(
    place: Place, username: str, end: Callable[[Place, Browser], None]
) -> None:
    browser = place.site.browser()
    sent = place.site.sign_in("told", browser=browser, username=username)
    tokens = place.site.redeem(sent.code, "told").json()

    end(place, browser)

    (told,) = place.sessions_told()
    assert told["sid"] == jose.claims_of(tokens["id_token"])["sid"]


@pytest.mark.req("oidcc-backchannel-rp-initiated-logout")
def test_a_killed_server_tells_the_client_after_all(place: Place) -> None:
    site, browser = place.site, place.site.browser()
    tokens, claims = flow(site, browser, "told")
    place.party.replies[PATH] = Reply(status=503)
    browser.open(site.endpoint("logout"), {"id_token_hint": tokens["id_token"]})
    assert len(place.sessions_told()) == 1

    site.server.kill()
    place.party.replies[PATH] = Reply()
    # It may have died before it noted the refusal; then its claim has to end first.
    site.sql("UPDATE outbox SET claimed_until = NULL, available_at = created_at")
    site.server.start_again()

    assert [told["sid"] for told in place.sessions_told(least=2, seconds=30)] == [claims["sid"]] * 2
