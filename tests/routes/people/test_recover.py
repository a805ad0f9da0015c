"""The pages for a forgotten password, and those that change an address."""

import re
from datetime import timedelta

import httpx2
import pytest

from authwell.protocol.server import Caller
from tests.routes.login.conftest import ISSUER, Clock, Here, MakeHere, at
from tests.support.browser import Browser, answer, form_with, has_form, soup
from tests.support.configuration import PASSWORD
from tests.support.letters import take_letters

NEW = "Other-Horse-8-Battery"
EMAIL = "alice@people.example"


@pytest.fixture
def alice(here: Here, clock: Clock) -> str:
    """Alice's address; her password is that of before the test."""
    here.rows(
        "UPDATE accounts SET email = :e, email_canonical = :e, email_verified = true, "
        "not_before = NULL, status = 'active' WHERE username = 'alice'",
        e=EMAIL,
    )
    here.apply(accounts=[{"username": "alice", "password": PASSWORD}])
    here.rows("UPDATE accounts SET not_before = NULL")
    take_letters(here.site)
    return EMAIL


def ask(browser: Browser, email: str) -> httpx2.Response:
    return browser.submit(browser.open(f"{ISSUER}/recover"), {"email": email})


def link_of(here: Here, template: str = "reset_password") -> str:
    (letter,) = [found for found in take_letters(here.site) if found.template == template]
    return letter.values["link"]


def log_in(here: Here, password: str, username: str = "alice") -> int:
    browser = here.browser()
    page = browser.open(f"{ISSUER}/login")
    return browser.submit(page, {"username": username, "password": password}).status_code


@pytest.mark.req("D6", "D7", "2.3", "BR-09")
def test_from_a_waiting_request_through_the_mail_back_to_the_client(here: Here, alice: str) -> None:
    browser = here.browser()
    login = here.authorize(browser)
    (forgot,) = [a for a in soup(login).find_all("a") if a.get_text() == "Forgot your password?"]

    sent = browser.follow(browser.submit(browser.open(str(forgot["href"])), {"email": alice}))
    page = browser.open(link_of(here))
    done = browser.follow(browser.submit(page, {"password": NEW}))
    (again,) = [a for a in soup(done).find_all("a") if a.get_text() == "Log in"]
    back = browser.log_in(browser.open(str(again["href"])), "alice", NEW)

    assert (at(sent), at(done)) == ("/recover/sent", "/reset-password/done")
    assert answer(back).code
    assert log_in(here, PASSWORD) == 422


@pytest.mark.req("RC-04", "RC-03")
def test_opening_the_link_changes_nothing(here: Here, alice: str) -> None:
    ask(here.browser(), alice)
    link = link_of(here)

    pages = [here.browser().get(link) for _ in range(3)]

    assert {page.status_code for page in pages} == {200}
    assert all(page.headers["referrer-policy"] == "no-referrer" for page in pages)
    assert log_in(here, PASSWORD) == 303


@pytest.mark.req("RC-03", "BR-11")
def test_the_form_without_a_token_sets_nothing(here: Here, alice: str) -> None:
    browser = here.browser()
    ask(browser, alice)
    page = browser.open(link_of(here))
    form = form_with(page, "token", "password")

    for token in (None, "", "reset_x"):
        fields = form.filled({"token": token, "password": NEW}, None)
        assert browser.request("POST", form.action, data=fields).status_code == 400
    assert log_in(here, NEW) == 422


@pytest.mark.req("RC-02", "D8")
def test_a_used_link_says_so(here: Here, alice: str) -> None:
    browser = here.browser()
    ask(browser, alice)
    link = link_of(here)
    page = browser.open(link)
    browser.submit(page, {"password": NEW})

    for again in (browser.submit(page, {"password": NEW + "2"}), browser.get(link)):
        assert again.status_code == 400
        assert "link_invalid" in again.text
    assert log_in(here, NEW) == 303


@pytest.mark.req("AU-11")
def test_a_weak_password_is_refused_beside_its_field(here: Here, alice: str) -> None:
    browser = here.browser()
    ask(browser, alice)
    page = browser.open(link_of(here))

    refused = browser.submit(page, {"password": "short"})

    assert refused.status_code == 422
    assert soup(refused).find(id="password-error")
    assert browser.submit(refused, {"password": NEW}).status_code == 303


@pytest.mark.req("AU-01", "AU-02")
@pytest.mark.parametrize("status", ["unknown", "disabled", "pending", "without password"])
def test_every_address_gets_the_same_answer(
    make_here: MakeHere, here: Here, alice: str, status: str
) -> None:
    def answered(email: str) -> tuple[int, str, list[str], str]:
        browser = here.browser()
        response = ask(browser, email)
        shown = browser.follow(response)
        text = re.sub(r'(value|nonce)="[^"]+"|[0-9a-f-]{36}', "", shown.text)
        names = sorted(name for name in response.headers if name != "date")
        return response.status_code, response.headers["location"], names, text

    known = answered(alice)
    if status == "without password":
        here.rows("DELETE FROM credentials WHERE account_id = "
                  "(SELECT id FROM accounts WHERE username = 'alice')")  # fmt: skip
    elif status != "unknown":
        here.rows("UPDATE accounts SET status = :s WHERE username = 'alice'", s=status)

    assert answered("nobody@people.example" if status == "unknown" else alice) == known


@pytest.mark.req("C10", "SE-08", "RT-05")
def test_every_session_and_token_ends(here: Here, alice: str, clock: Clock) -> None:
    browser = here.browser()
    here.log_in(browser, "alice")
    other = here.browser()
    ask(other, alice)
    clock.move(timedelta(seconds=1))

    other.submit(other.open(link_of(here)), {"password": NEW})

    clock.move(timedelta(seconds=1))
    assert has_form(here.authorize(browser), "username", "password")


@pytest.mark.req("Q-RATE_LIMIT_PASSWORD_RESET", "M4", "RC-07")
def test_asking_for_one_address_is_limited(make_here: MakeHere) -> None:
    limited = make_here(RATE_LIMITING_ENABLED="true", RATE_LIMIT_PASSWORD_RESET="2/hour")
    browser = limited.browser()

    statuses = {
        email: [ask(browser, email).status_code for _ in range(3)]
        for email in ("alice@example.com", "nobody@people.example")
    }

    assert list(statuses.values()) == [[303, 303, 429]] * 2


def change(here: Here, email: str) -> str:
    """The link that went to the new address."""
    server = here.site.server(here.clock.now, Caller())
    (row,) = here.rows("SELECT id FROM accounts WHERE username = 'alice'")
    here.site.email_change.request(server, row["id"], email)
    return link_of(here, "change_email")


@pytest.mark.req("G11", "RC-04")
def test_the_new_address_is_confirmed_on_a_page(here: Here, alice: str) -> None:
    browser, link = here.browser(), change(here, "alice@new.example")
    page = browser.open(link)
    (before,) = here.rows("SELECT email FROM accounts WHERE username = 'alice'")

    done = browser.follow(browser.submit(page, {"token": link.partition("token=")[2]}))

    (after,) = here.rows("SELECT email FROM accounts WHERE username = 'alice'")
    assert "alice@new.example" in page.text
    assert (before["email"], after["email"]) == (alice, "alice@new.example")
    assert at(done) == "/change-email/done"


def test_the_old_address_takes_it_back_on_a_page(here: Here, alice: str) -> None:
    browser, link = here.browser(), change(here, "alice@new.example")
    browser.submit(browser.open(link), {"token": link.partition("token=")[2]})
    page = here.browser().open(link_of(here, "email_changed"))
    other = here.browser()
    page = other.open(str(page.url))

    weak = other.submit(page, {"password": "short"})
    done = other.follow(other.submit(page, {"password": NEW}))

    assert weak.status_code == 422
    assert at(done) == "/reset-password/done"
    assert log_in(here, NEW, alice) == 303
