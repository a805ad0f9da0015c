"""An administrator in front of the console."""

from datetime import timedelta

import httpx2
import pytest

from tests.routes.account.conftest import shown
from tests.routes.login.conftest import ISSUER, Here, clock, here, make_here
from tests.support.browser import Browser, forms
from tests.support.configuration import PASSWORD, account

__all__ = ["clock", "here", "make_here", "shown"]


@pytest.fixture
def admin(here: Here) -> Browser:
    """The browser of Zoe, who holds the role admin and has logged in just now."""
    here.apply(accounts=[account("zoe", roles=["admin"])])
    return at_console(here, "zoe")


def at_console(here: Here, username: str) -> Browser:
    """The browser of somebody who has logged in on the way to the console."""
    here.clock.move(timedelta(seconds=1))
    browser = here.browser()
    page = browser.open(f"{ISSUER}/console")
    browser.log_in(page, username, PASSWORD)
    return browser


def page(browser: Browser, path: str) -> httpx2.Response:
    """A page of the console."""
    answer = browser.open(f"{ISSUER}{path}")
    assert answer.status_code == 200, answer.text
    return answer


def send(browser: Browser, path: str, button: str | None = None, **values: str) -> httpx2.Response:
    """Fill in the form of a page and send it; the page after."""
    return send_from(browser, page(browser, path), button, **values)


def send_from(
    browser: Browser, opened: httpx2.Response, button: str | None = None, **values: str | None
) -> httpx2.Response:
    """The same on a page that was opened before."""
    (form,) = [each for each in forms(opened) if each.method == "POST"]
    return browser.follow(browser.submit(opened, values, button=button, form=form))


def identifier(here: Here, username: str) -> str:
    """The id of an account."""
    (row,) = here.rows("SELECT id FROM accounts WHERE username = :name", name=username)
    return str(row["id"])


def events(here: Here, kind: str) -> list[dict[str, object]]:
    """The audit events of a type."""
    return here.rows("SELECT * FROM audit_events WHERE type = :kind ORDER BY at", kind=kind)
