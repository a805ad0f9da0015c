"""The page of an invitation: an account is made with what the row says (THREATS.md RC-10)."""

import pytest

from authwell.identity.configuration.authors import Author
from authwell.identity.invitations.service import Wish
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, form_with, soup
from tests.support.letters import take_letter

GOOD = "Correct-Horse-7-Battery"


def invite(here: Here, email: str, **wish: object) -> str:
    """The link of the letter."""
    site = here.site
    tenant, _ = site.snapshots.current()
    found = Wish(email, **wish)  # type: ignore[arg-type]
    site.invitations.invite(tenant, found, Author("test", here.clock.now))
    return take_letter(site, "invitation").values["link"]


def is_logged_in(browser: Browser) -> bool:
    return browser.get(f"{ISSUER}/account").status_code == 200


@pytest.mark.req("RC-10", "3.6", "BR-09")
def test_from_the_letter_to_the_account(here: Here) -> None:
    browser = here.browser()
    page = browser.open(invite(here, "grace@people.example", roles=["editor"]))

    done = browser.submit(page, {"username": "grace", "full_name": "Grace", "password": GOOD})

    assert done.status_code == 303
    assert is_logged_in(browser)
    (row,) = here.rows("SELECT * FROM accounts WHERE username = 'grace'")
    assert (row["email"], row["status"]) == ("grace@people.example", "active")
    assert "editor" in row["roles"]


@pytest.mark.req("RC-10")
def test_no_form_chooses_the_address_or_the_roles(here: Here) -> None:
    browser = here.browser()
    page = browser.open(invite(here, "mallory@people.example"))
    form = form_with(page, "token", "password")
    sent = form.filled({"username": "mallory", "password": GOOD}, None)
    more = {"email": "ceo@people.example", "roles": "admin", "tenant": "other"}

    browser.request("POST", form.action, data={**dict(sent), **more})

    (row,) = here.rows("SELECT * FROM accounts WHERE username = 'mallory'")
    assert row["email"] == "mallory@people.example"
    assert "admin" not in row["roles"]


@pytest.mark.req("RC-04")
def test_looking_at_the_letter_changes_nothing(here: Here) -> None:
    link = invite(here, "looked@people.example")

    pages = [here.browser().get(link) for _ in range(3)]

    assert {page.status_code for page in pages} == {200}
    assert all(page.headers["referrer-policy"] == "no-referrer" for page in pages)
    assert "looked@people.example" in pages[0].text


@pytest.mark.req("AU-11")
def test_a_weak_password_and_a_taken_name_are_said_beside_their_fields(here: Here) -> None:
    browser = here.browser()
    page = browser.open(invite(here, "weak@people.example"))

    refused = browser.submit(page, {"username": "weak", "password": "short"})
    taken = browser.submit(refused, {"username": "alice", "password": GOOD})

    assert (refused.status_code, taken.status_code) == (422, 422)
    assert soup(refused).find(id="password-error")
    assert soup(taken).find(id="username-error")
    assert browser.submit(taken, {"username": "weak", "password": GOOD}).status_code == 303


@pytest.mark.req("RC-10", "RC-11")
@pytest.mark.parametrize("query", ["", "?token=", "?token=invite_x", "?token=a&token=b"])
def test_a_link_that_nobody_got_says_so(here: Here, query: str) -> None:
    page = here.browser().get(f"{ISSUER}/invitation{query}")

    assert page.status_code == 400
    assert "link_invalid" in page.text


@pytest.mark.req("BR-01")
def test_a_form_without_its_proof_makes_nothing(here: Here) -> None:
    token = invite(here, "forged@people.example").partition("token=")[2]
    fields = {"token": token, "username": "forged", "password": GOOD}

    answer = here.browser().request("POST", f"{ISSUER}/invitation", data=fields)

    assert answer.status_code in (400, 403)
    assert at(answer) == "/invitation"
    assert here.rows("SELECT id FROM accounts WHERE username = 'forged'") == []
