"""What happened with an account, in words and by pages."""

from datetime import timedelta

import pytest

from tests.routes.account.conftest import logged_in, page, shown
from tests.routes.login.conftest import ISSUER, Clock, Here
from tests.support.browser import Browser, soup
from tests.support.configuration import account

PATH = "/account/activity"


@pytest.fixture
def finn(here: Here, clock: Clock) -> Browser:
    """The browser of somebody who has failed thirty times, a minute each."""
    here.rows("DELETE FROM accounts WHERE username_canonical = 'finn'")
    here.apply(accounts=[account("finn")])
    for _ in range(30):
        clock.move(timedelta(minutes=40))
        stranger = here.browser()
        login = stranger.open(f"{ISSUER}/login")
        stranger.submit(login, {"username": "finn", "password": "wrong"})
    return logged_in(here, "finn")


def sentences(browser: Browser, path: str) -> list[str]:
    """The events of a page."""
    return [item.get_text() for item in soup(page(browser, path)).select(".event-what")]


@pytest.mark.req("C11")
def test_events_are_told_in_words_the_latest_first(finn: Browser) -> None:
    first = sentences(finn, PATH)

    assert "You logged in" in first[:2]
    assert first[2] == "Somebody tried to log in as you and did not succeed"
    assert len(first) == 25


def test_earlier_events_are_on_the_next_page(finn: Browser) -> None:
    first = page(finn, PATH)
    (link,) = soup(first).select("a[href*=before]")

    second = sentences(finn, str(link["href"]))

    assert len(second) == 8
    assert second[-1] == "The account was made"


@pytest.mark.parametrize("mark", ["x", "1-2", "9" * 17 + "-" + "a" * 36, "-", "0-" + "-" * 36])
def test_an_odd_place_is_no_error(finn: Browser, mark: str) -> None:
    answer = finn.get(f"{ISSUER}{PATH}", {"before": mark})

    assert answer.status_code == 200


def test_nobody_elses_events_are_seen(here: Here, finn: Browser) -> None:
    other = shown(page(logged_in(here, "carol"), PATH))

    assert "did not succeed" not in other
