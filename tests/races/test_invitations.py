"""An invitation that twenty people accept at once makes one account (THREATS.md RC-10, RC-02)."""

from collections.abc import Iterator

import pytest

from authwell.identity.configuration.authors import Author
from authwell.identity.invitations.acceptance import Guest
from authwell.identity.invitations.service import Wish
from authwell.identity.passwords.hashing import TooBusy
from authwell.identity.people.desk import InvalidLink
from authwell.identity.people.enrolment import EmailTaken
from authwell.storage.errors import Conflict
from tests.conftest import NewDatabase
from tests.races.test_people import at_once
from tests.support.house import EMAIL, GOOD, House, house_on


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[House]:
    """A house with room for all."""
    house = house_on(new_database(request.param))
    yield house
    house.site.database.close()


def invite(house: House) -> bool:
    try:
        wish, author = Wish(EMAIL), Author("cli:root", house.now)
        house.site.invitations.invite(house.server.tenant, wish, author)
    except Conflict:
        return False
    return True


@pytest.mark.req("RC-10", "RC-02")
def test_one_of_twenty_gets_the_account(house: House) -> None:
    invite(house)
    token = house.token()

    def accept(number: int) -> bool:
        while True:
            try:
                house.site.acceptance.accept(house.server, token, Guest(f"ada{number}", GOOD))
            except TooBusy:
                continue
            except (InvalidLink, EmailTaken):
                return False
            return True

    outcomes = at_once(accept)

    assert outcomes.count(True) == 1
    assert len(house.rows("SELECT id FROM accounts")) == 1


@pytest.mark.req("RC-11")
def test_of_many_letters_to_one_address_one_works(house: House) -> None:
    outcomes = at_once(lambda _: invite(house))

    letters = [values["link"].partition("token=")[2] for _, _, values in house.letters()]
    standing = house.rows(
        "SELECT id FROM invitations WHERE accepted_at IS NULL AND withdrawn_at IS NULL"
    )
    assert outcomes.count(True) == len(letters) >= 1
    assert len(standing) == 1
