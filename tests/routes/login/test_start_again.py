"""Whoever came back too late is sent to where the client begins a login (OpenID Connect Core 4)."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.routes.login.conftest import ISSUER, Clock, Here
from tests.support.browser import soup
from tests.support.configuration import PASSWORD, Entry, client

TOO_LONG = timedelta(minutes=31)
BEGIN = "https://app.example/login?from=us"


def begins(**changes: str) -> Entry:
    """A client that says where it begins a login."""
    name = "Fernwood <b>Library</b>"
    return client("begins", client_name=name, initiate_login_uri=BEGIN, **changes)


@pytest.fixture(scope="module", autouse=True)
def registered(here: Here) -> None:
    here.apply(clients=[begins()])


def link(page: httpx2.Response) -> str | None:
    """Where the page leads, if it leads anywhere."""
    found = soup(page).select_one("p.buttons a")
    return None if found is None else str(found["href"])


@pytest.mark.req("oidcc-3rd_party-init-login")
def test_a_login_that_took_too_long_can_be_started_again(here: Here, clock: Clock) -> None:
    browser = here.browser()
    page = here.authorize(browser, "begins")
    clock.move(TOO_LONG)

    late = browser.log_in(page, "alice", PASSWORD)

    address = urlsplit(link(late) or "")
    assert late.status_code == 400
    assert "interaction_gone" in late.text
    assert address.geturl().startswith("https://app.example/login?")
    assert parse_qs(address.query) == {"from": ["us"], "iss": [ISSUER]}
    assert "Start again at Fernwood &lt;b&gt;Library&lt;/b&gt;" in late.text


def test_another_browser_learns_no_client(here: Here, clock: Clock) -> None:
    page = here.authorize(here.browser(), "begins")
    clock.move(TOO_LONG)

    stranger = here.browser()
    here.authorize(stranger, "web")
    late = stranger.open(str(page.url))

    assert late.status_code == 400
    assert link(late) is None
    assert "Fernwood" not in late.text


def test_a_client_that_does_not_say_where_gets_no_link(here: Here, clock: Clock) -> None:
    browser = here.browser()
    page = here.authorize(browser, "web")
    clock.move(TOO_LONG)

    assert link(browser.log_in(page, "alice", PASSWORD)) is None


def test_a_client_that_was_switched_off_gets_no_link(here: Here, clock: Clock) -> None:
    browser = here.browser()
    page = here.authorize(browser, "begins")
    here.apply(clients=[begins(status="disabled")])
    clock.move(TOO_LONG)

    late = browser.log_in(page, "alice", PASSWORD)
    here.apply(clients=[begins(status="active")])

    assert link(late) is None
