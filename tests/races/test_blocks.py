"""One block of the same, whoever sets it first; and one event for the one that was lifted."""

from collections.abc import Iterator

import pytest

from authwell.identity.administration.blocks import AlreadyBlocked, Blocking, Wanted
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.problems import NotFound
from authwell.utils.clock import utc_now
from tests.conftest import NewDatabase
from tests.races.test_people import at_once
from tests.support.house import House, house_on


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[House]:
    """A house whose doors are open."""
    house = house_on(new_database(request.param))
    yield house
    house.site.database.close()


@pytest.mark.req("L10", "LG-03")
def test_one_of_twenty_sets_and_one_lifts_a_block(house: House) -> None:
    blocking, tenant_id = Blocking(house.site.database), house.site.snapshots.known().id

    def block(_number: int) -> bool:
        try:
            blocking.set(tenant_id, Wanted("address", "203.0.113.0/24"), Author("a", utc_now()))
        except AlreadyBlocked:
            return False
        return True

    set_by = at_once(block)
    (row,) = house.rows("SELECT id FROM blocks")

    def lift(_number: int) -> bool:
        try:
            blocking.lift(tenant_id, str(row["id"]), Author("a", utc_now()))
        except NotFound:
            return False
        return True

    lifted_by = at_once(lift)

    events = house.rows("SELECT type FROM audit_events WHERE type LIKE 'block.%' ORDER BY type")
    assert (set_by.count(True), lifted_by.count(True)) == (1, 1)
    assert [event["type"] for event in events] == ["block.lifted", "block.set"]
