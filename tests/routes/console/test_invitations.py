"""Invitations in the console: sent, sent again, taken back, and accepted."""

import pytest

from tests.routes.console.conftest import events, identifier, page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup
from tests.support.letters import take_letters

INVITATIONS = "/console/invitations"


@pytest.fixture
def invited(here: Here, admin: Browser) -> str:
    """The page of an invitation of somebody."""
    here.rows("DELETE FROM invitations")
    after = send(admin, f"{INVITATIONS}/new", email="ivy@people.example")
    return at(after)


def letters(here: Here) -> list[str]:
    """To whom letters went since the last time."""
    found = take_letters(here.site, here.clock.now)
    return [letter.to for letter in found if letter.template == "invitation"]


@pytest.mark.req("H2", "9.2")
def test_who_is_invited_gets_a_letter_and_stands_in_the_list(
    here: Here, admin: Browser, invited: str
) -> None:
    links = [str(link["href"]) for link in soup(page(admin, INVITATIONS)).select("td a")]

    assert letters(here) == ["ivy@people.example"]
    assert links == [invited]
    assert "open" in shown(page(admin, invited))
    assert events(here, "invitation.sent")[-1]["actor"] == identifier(here, "zoe")


@pytest.mark.req("9.2")
def test_an_invitation_is_sent_again_and_taken_back(
    here: Here, admin: Browser, invited: str
) -> None:
    letters(here)

    send(admin, f"{invited}/resend")
    after = send(admin, f"{invited}/withdraw")

    assert letters(here) == ["ivy@people.example"]
    assert "withdrawn" in shown(after)
    assert admin.get(f"{ISSUER}{invited}x").status_code == 404


@pytest.mark.parametrize("email", ["no address", "carol@people.example"])
def test_an_address_that_is_none_or_taken_is_told_beside_the_field(
    admin: Browser, email: str
) -> None:
    refused = send(admin, f"{INVITATIONS}/new", email=email)

    assert refused.status_code == 422
    assert soup(refused).select_one("#email[aria-invalid=true]")


@pytest.mark.req("TN-05")
def test_a_role_that_is_not_offered_is_not_given(here: Here, admin: Browser) -> None:
    refused = send(admin, f"{INVITATIONS}/new", email="jo@people.example", roles="emperor")

    assert refused.status_code == 422
    assert letters(here) == []
