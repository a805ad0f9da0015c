"""Accounts on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.login.credentials import Credentials
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.utils.randomness import new_id
from tests.storage.worlds import ACCOUNT, LATER, NOW, OTHER_TENANT, TENANT, an_event

BOB = AccountRecord(
    id=new_id(NOW + timedelta(hours=1)),
    tenant_id=TENANT,
    username="Bob",
    username_canonical="bob",
    created_at=NOW,
    updated_at=NOW,
    email="Bob@example.com",
    email_canonical="bob@example.com",
    claims={"given_name": "Bob"},
    roles=["editor"],
)


def test_an_added_account_is_found_by_id_name_and_address(database: Database) -> None:
    accounts = Accounts(database)

    accounts.add(BOB, an_event("account_added"))

    assert accounts.find(TENANT, BOB.id) == BOB
    assert accounts.find_by_name(TENANT, "bob") == BOB
    assert accounts.find_by_name(TENANT, "bob@example.com") == BOB
    assert [event.type for event in AuditLog(database).list(TENANT, LATER)] == ["account_added"]


def test_an_account_of_another_tenant_does_not_exist(database: Database) -> None:
    accounts = Accounts(database)

    assert accounts.find(OTHER_TENANT, ACCOUNT.id) is None
    assert accounts.find_by_name(OTHER_TENANT, "alice") is None
    assert accounts.find_candidate(OTHER_TENANT, "alice") is None


@pytest.mark.parametrize("name", ["", "\x00", "bob\x00", "\ud800", "' OR 1=1 --", "a" * 100_000])
def test_any_name_is_looked_up(database: Database, name: str) -> None:
    assert Accounts(database).find_by_name(TENANT, name) is None


def test_who_is_called_so_comes_before_who_has_that_address(database: Database) -> None:
    accounts = Accounts(database)
    named = replace(
        BOB,
        username=str(ACCOUNT.email),
        username_canonical=str(ACCOUNT.email),
        email_canonical=None,
    )
    accounts.add(named, an_event())

    found = accounts.find_by_name(TENANT, str(ACCOUNT.email))

    assert found is not None
    assert found.id == BOB.id


@pytest.mark.parametrize("column", ["username_canonical", "email_canonical"])
def test_a_taken_name_or_address_is_a_conflict(database: Database, column: str) -> None:
    accounts = Accounts(database)
    accounts.add(BOB, an_event())
    changes = {"username_canonical": "bob2", "email_canonical": "bob2@example.com"}
    second = replace(BOB, id=new_id(NOW), **{**changes, column: getattr(BOB, column)})

    with pytest.raises(Conflict) as refusal:
        accounts.add(second, an_event("second"))

    assert refusal.value.concerns(column)
    assert accounts.find(TENANT, second.id) is None
    assert "second" not in [event.type for event in AuditLog(database).list(TENANT, LATER)]


def test_an_account_is_changed(database: Database) -> None:
    accounts = Accounts(database)
    accounts.add(BOB, an_event())
    changed = replace(BOB, full_name="Bob B.", status="disabled", not_before=NOW, updated_at=LATER)

    assert accounts.update(changed, an_event())
    assert not accounts.update(replace(changed, tenant_id=OTHER_TENANT), an_event())

    assert accounts.find(TENANT, BOB.id) == changed


def test_a_deleted_account_takes_its_rows_with_it(database: Database) -> None:
    accounts = Accounts(database)
    Credentials(database).set_password(TENANT, ACCOUNT.id, "hash", an_event())

    assert accounts.delete(TENANT, ACCOUNT.id, an_event())
    assert not accounts.delete(TENANT, ACCOUNT.id, an_event())

    assert accounts.count(TENANT) == 0
    assert Credentials(database).find_password(TENANT, ACCOUNT.id) is None


def test_accounts_are_listed_page_by_page(database: Database) -> None:
    accounts = Accounts(database)
    accounts.add(BOB, an_event())

    first = accounts.list(TENANT, limit=1)
    second = accounts.list(TENANT, after=first[-1].id, limit=1)
    third = accounts.list(TENANT, after=second[-1].id, limit=1)

    assert [record.username for record in (*first, *second, *third)] == ["alice", "Bob"]


def test_a_password_is_kept_and_replaced(database: Database) -> None:
    credentials = Credentials(database)

    credentials.set_password(TENANT, ACCOUNT.id, "first", an_event())
    credentials.set_password(TENANT, ACCOUNT.id, "second", an_event())

    assert credentials.find_password(TENANT, ACCOUNT.id) == "second"
    assert credentials.find_password(OTHER_TENANT, ACCOUNT.id) is None


def test_a_better_hash_does_not_undo_a_new_password(database: Database) -> None:
    credentials = Credentials(database)
    credentials.set_password(TENANT, ACCOUNT.id, "new", an_event())

    credentials.replace_hash(TENANT, ACCOUNT.id, old="old", new="old, better", now=LATER)
    kept = credentials.find_password(TENANT, ACCOUNT.id)
    credentials.replace_hash(TENANT, ACCOUNT.id, old="new", new="new, better", now=LATER)

    assert kept == "new"
    assert credentials.find_password(TENANT, ACCOUNT.id) == "new, better"


def test_a_login_finds_account_and_password_at_once(database: Database) -> None:
    Credentials(database).set_password(TENANT, ACCOUNT.id, "hash", an_event())

    candidate = Accounts(database).find_candidate(TENANT, "alice")

    assert candidate is not None
    assert candidate.record.account == ACCOUNT
    assert candidate.password_hash == "hash"
