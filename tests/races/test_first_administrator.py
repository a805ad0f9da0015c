"""Of twenty who use handles at once, one becomes the first administrator (THREATS.md AU-19)."""

from collections.abc import Iterator

import pytest

from authwell.identity.administration.first import make_handle
from authwell.identity.configuration.authors import Author
from authwell.identity.passwords.hashing import TooBusy
from authwell.identity.people.desk import InvalidLink
from tests.conftest import NewDatabase
from tests.races.test_people import at_once
from tests.support.house import GOOD, House, house_on


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[House]:
    """A new server."""
    house = house_on(new_database(request.param))
    yield house
    house.site.database.close()


@pytest.mark.req("K16", "AU-19", "3.4")
def test_there_is_one_first_administrator(house: House) -> None:
    tenant_id = house.server.tenant.id
    handle = make_handle(house.site.database, tenant_id, Author("cli:root", house.now))

    def become(number: int) -> bool:
        while True:
            try:
                house.site.first_administrator.make(house.server, handle, f"root{number}", GOOD)
            except TooBusy:
                continue
            except InvalidLink:
                return False
            return True

    outcomes = at_once(become)

    assert outcomes.count(True) == 1
    assert len(house.rows("SELECT id FROM accounts")) == 1
    assert len(house.rows("SELECT account_id FROM user_roles")) == 1
