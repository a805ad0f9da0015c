"""The link that opens a locked account (AU-08, M3)."""

import pytest

from tests.routes.login.conftest import ISSUER, Here
from tests.support.browser import form_with
from tests.support.configuration import PASSWORD
from tests.support.letters import take_letters


@pytest.fixture
def link(here: Here) -> str:
    """The link in the mail to Alice, whose account somebody has locked."""
    here.rows(
        "UPDATE accounts SET email = :e, email_canonical = :e, email_verified = true "
        "WHERE username = 'alice'",
        e="alice@people.example",
    )
    here.rows("DELETE FROM attempt_guards")
    take_letters(here.site)
    for _ in range(5):
        log_in(here, "wrong")
    (letter,) = [found for found in take_letters(here.site) if found.template == "unlock_account"]
    return letter.values["link"]


def log_in(here: Here, password: str) -> int:
    browser = here.browser()
    page = browser.open(f"{ISSUER}/login")
    form = form_with(page, "password")
    return browser.submit(page, {"username": "alice", "password": password}, form=form).status_code


@pytest.mark.req("AU-08", "M3", "RC-04")
def test_the_owner_opens_the_account_by_the_button_and_once(here: Here, link: str) -> None:
    browser = here.browser()
    assert log_in(here, PASSWORD) != 303

    page = browser.open(link)
    assert log_in(here, PASSWORD) != 303
    done = browser.follow(browser.submit(page, {}))

    assert link.startswith(f"{ISSUER}/unlock?token=")
    assert "Your account is unlocked" in done.text
    assert log_in(here, PASSWORD) == 303
    assert browser.submit(page, {}).status_code == 400
    assert browser.open(link).status_code == 400


@pytest.mark.req("AU-08")
@pytest.mark.parametrize("query", ["", "?token=", "?token=x", "?token=a&token=b"])
def test_what_is_no_link_says_so(here: Here, query: str) -> None:
    page = here.browser().open(f"{ISSUER}/unlock{query}")

    assert page.status_code == 400
    assert "This link does not work" in page.text


@pytest.mark.req("AU-08", "AU-01")
def test_an_address_that_nobody_has_confirmed_gets_no_letter(here: Here) -> None:
    here.rows("UPDATE accounts SET email_verified = false WHERE username = 'alice'")
    here.rows("DELETE FROM attempt_guards")
    take_letters(here.site)

    for _ in range(5):
        log_in(here, "wrong")

    assert [found.template for found in take_letters(here.site)] == []
    here.rows("DELETE FROM attempt_guards")
