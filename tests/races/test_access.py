"""Who may do what, changed by twenty at once, and seen by another process (REQUIREMENTS.md I12)."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime

import pytest

from authwell.identity.access.holders import Groups
from authwell.identity.access.rules import AccessRefused, Giver
from authwell.protocol.access import ADMIN, Held
from authwell.protocol.model import Account
from authwell.storage.access.edit import edit_access
from authwell.storage.access.reading import list_permissions, list_roles
from authwell.storage.access.records import GroupRecord
from authwell.storage.database import Database
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.snapshots import BELIEVED_FOR
from authwell.utils.randomness import new_id
from tests.conftest import NewDatabase
from tests.races.test_people import THREADS, at_once
from tests.storage.worlds import an_event
from tests.support.house import House, house_on

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
READING = "document:read"


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[House]:
    """A house on each kind of database."""
    house = house_on(new_database(request.param))
    yield house
    house.site.database.close()


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[ProcessPoolExecutor]:
    """Another process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield pool


def giver(house: House) -> Giver:
    """A client that holds everything whatever becomes of the people."""
    server = house.server
    client_holds = Held(roles=frozenset({ADMIN}), permissions=_all_permissions(house))
    return Giver(server, "service", client_holds)


def _all_permissions(house: House) -> frozenset[str]:
    known = list_permissions(house.site.database, house.server.tenant.id)
    return frozenset(permission.name for permission in known)


def person(house: House, name: str) -> Account:
    record = AccountRecord(
        id=new_id(NOW),
        tenant_id=house.server.tenant.id,
        username=name,
        username_canonical=name,
        created_at=NOW,
        updated_at=NOW,
    )
    Accounts(house.site.database).add(record, an_event())
    return record.account


def bosses(house: House) -> GroupRecord:
    return Groups(house.site.database).create(giver(house), "bosses", {"roles": [ADMIN]})


def outcome(act: Callable[[], None]) -> str:
    try:
        act()
    except AccessRefused as refused:
        return refused.code
    return "done"


def events(house: House, kind: str) -> int:
    return len(house.rows("SELECT id FROM audit_events WHERE type = :kind", kind=kind))


@pytest.mark.req("TN-05", "L1")
def test_a_membership_begins_and_ends_once(house: House) -> None:
    groups, who, group = Groups(house.site.database), giver(house), bosses(house)
    person_id = person(house, "ada").id
    groups.add_member(who, group.id, person(house, "eve").id)

    added = at_once(lambda _: outcome(lambda: groups.add_member(who, group.id, person_id)))
    removed = at_once(lambda _: outcome(lambda: groups.remove_member(who, group.id, person_id)))

    assert added == ["done"] * THREADS
    assert sorted(removed) == ["done"] + ["not_found"] * (THREADS - 1)
    assert (events(house, "group.member_added"), events(house, "group.member_removed")) == (2, 1)


@pytest.mark.req("G14", "TN-14")
def test_of_twenty_superusers_by_a_group_one_stays(house: House) -> None:
    groups, who, group = Groups(house.site.database), giver(house), bosses(house)
    ids = [person(house, f"boss{number}").id for number in range(THREADS)]
    for each in ids:
        groups.add_member(who, group.id, each)

    left = at_once(lambda number: outcome(lambda: groups.remove_member(who, group.id, ids[number])))

    assert sorted(left) == ["done"] * (THREADS - 1) + ["last_superuser"]
    assert len(house.rows("SELECT account_id FROM group_members")) == 1


def let_read(url: str, tenant_id: str, account_id: str) -> None:
    """Give an account a role by a new group."""
    database = Database(url)
    with edit_access(database, tenant_id, NOW) as edit:
        known = {one.name: one.id for one in list_permissions(edit.transaction, tenant_id)}
        role, group = edit.add_role("reader", ""), edit.add_group("readers", "")
        edit.set_permissions(role.id, [known[READING]])
        edit.set_group_roles(group.id, [role.id])
        edit.add_member(group.id, account_id)
    database.close()


def let_nobody_read(url: str, tenant_id: str) -> None:
    """Take the permission from the role."""
    database = Database(url)
    with edit_access(database, tenant_id, NOW) as edit:
        (reader,) = (one for one in list_roles(edit.transaction, tenant_id) if one.name == "reader")
        edit.set_permissions(reader.id, [])
    database.close()


@pytest.mark.req("I12", "3.2")
def test_a_change_that_another_process_makes_counts_within_a_second(
    house: House, elsewhere: ProcessPoolExecutor
) -> None:
    ada, tenant_id = person(house, "ada"), house.server.tenant.id
    url = house.site.database.url.render_as_string(hide_password=False)

    def may_read() -> bool:
        server = house.server
        return server.store.access.of(server.tenant, ada).allows("document", "read")

    def becomes(wanted: bool) -> bool:
        """Whether the answer is that after a second at the latest."""
        until = time.monotonic() + BELIEVED_FOR
        while True:
            is_late = time.monotonic() >= until
            if may_read() == wanted:
                return True
            if is_late:
                return False
            time.sleep(0.05)

    before = may_read()
    elsewhere.submit(let_read, url, tenant_id, ada.id).result()
    given = becomes(True)
    elsewhere.submit(let_nobody_read, url, tenant_id).result()

    assert (before, given, becomes(False)) == (False, True, True)
