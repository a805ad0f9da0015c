"""Pages by key: of accounts, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.storage.database import Database
from authwell.storage.pages import Wanted
from authwell.storage.people.account_reports import AccountReports
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.utils.randomness import new_id
from tests.storage.worlds import NOW, OTHER_TENANT, TENANT, an_event

NAMES = ("zoe", "Ärger", "bo", "bob", "bobby", "carl", "Zoë", "_x", "%25", "b%b")


def person(name: str, place: int, tenant_id: str = TENANT) -> AccountRecord:
    at = NOW + timedelta(seconds=place + 1)
    return AccountRecord(
        id=new_id(at),
        tenant_id=tenant_id,
        username=name,
        username_canonical=name.casefold(),
        email_canonical=f"{name.casefold()}.mail@example.com",
        created_at=at,
        updated_at=at,
    )


@pytest.fixture
def people(database: Database) -> list[AccountRecord]:
    accounts = Accounts(database)
    made = [person(name, place) for place, name in enumerate(NAMES)]
    for record in [*made, person("bobo", 99, OTHER_TENANT)]:
        accounts.add(record, an_event(f"added {record.username}"))
    return made


def pages(
    database: Database, sort: str, limit: int = 3, **filters: str
) -> Iterator[list[AccountRecord]]:
    reports, after = AccountReports(database), None
    while True:
        found = reports.page(TENANT, Wanted(sort, limit, after), filters, NOW)
        yield [report.record for report in found.rows]
        after = found.next
        if after is None:
            return


@pytest.mark.req("G1")
@pytest.mark.parametrize("limit", [1, 3, 200])
def test_every_row_is_on_one_page_in_its_place(
    database: Database, people: list[AccountRecord], limit: int
) -> None:
    found = {sort: [*pages(database, sort, limit)] for sort in ("created_at", "username")}
    back = {sort: [*pages(database, f"-{sort}", limit)] for sort in found}

    for sort, key in (("created_at", "id"), ("username", "username_canonical")):
        values = [getattr(row, key) for page in found[sort] for row in page]
        assert values == sorted(values, key=lambda text: text.encode())
        assert {row.id for row in people} < {row.id for page in found[sort] for row in page}
        assert [getattr(row, key) for page in back[sort] for row in page] == values[::-1]
        assert all(len(page) == limit for page in found[sort][:-1])


@pytest.mark.req("G1")
@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("bob", ["bob", "bobby"]),
        ("b", ["bo", "bob", "bobby", "b%b"]),
        ("zo", ["zoe", "Zoë"]),
        ("bob.m", ["bob"]),
        ("%", ["%25"]),
        ("_", ["_x"]),
        ("ä", ["Ärger"]),
        ("\U0010ffff", []),
        ("\x00", []),
        ("' OR 1=1 --", []),
    ],
)
def test_a_beginning_is_found_and_nothing_else(
    database: Database, people: list[AccountRecord], prefix: str, names: list[str]
) -> None:
    found = [row.username for page in pages(database, "created_at", q=prefix) for row in page]

    assert found == names


@pytest.mark.req("G1", "G16")
def test_deleted_accounts_are_shown_to_who_asks_for_them(
    database: Database, people: list[AccountRecord]
) -> None:
    gone = replace(people[0], status="deleted", deleted_at=NOW)
    Accounts(database).update(gone, an_event("deleted"))

    usual = [row.id for page in pages(database, "username") for row in page]
    deleted = [row.id for page in pages(database, "username", status="deleted") for row in page]

    assert gone.id not in usual
    assert deleted == [gone.id]
