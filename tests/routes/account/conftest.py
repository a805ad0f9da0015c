"""People who are logged in and look after their account."""

from datetime import timedelta

import httpx2
import pytest

from tests.routes.login.conftest import ISSUER, Here, clock, here, make_here
from tests.support.browser import Browser, soup
from tests.support.configuration import PASSWORD

__all__ = ["clock", "here", "make_here"]


@pytest.fixture
def browser(here: Here) -> Browser:
    """Carol's, who has logged in without being sent by a client."""
    return logged_in(here, "carol")


def logged_in(here: Here, username: str) -> Browser:
    """The browser of somebody who has logged in."""
    # Of logins at one moment nobody knows which is the oldest, and only ten sessions may stand.
    here.clock.move(timedelta(seconds=1))
    browser = here.browser()
    page = browser.open(f"{ISSUER}/account")
    assert browser.log_in(page, username, PASSWORD).url.path == "/account"
    return browser


def page(browser: Browser, path: str) -> httpx2.Response:
    """A page of the account."""
    answer = browser.open(f"{ISSUER}{path}")
    assert answer.status_code == 200, answer.text
    return answer


def shown(response: httpx2.Response) -> str:
    """The text of a page's main part."""
    main = soup(response).main
    assert main is not None
    return " ".join(main.get_text(" ").split())
