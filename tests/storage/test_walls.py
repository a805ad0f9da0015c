"""Row level security on PostgreSQL: statements that forget their tenant (TN-01, decision 0015)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest
from psycopg2 import errors
from sqlalchemy import insert, select, text, update
from sqlalchemy.engine import make_url

from authwell.models import Base
from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.tenants import tenants
from authwell.storage.audit.events import add_event
from authwell.storage.audit.partitions import make_partitions
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.storage.walls import no_wall, wall
from tests.conftest import NewDatabase
from tests.parts import postgresql
from tests.storage.worlds import ACCOUNT, NOW, OTHER_TENANT, TENANT, an_event, populate

EVERYBODY = Statement(select(accounts.c.id, accounts.c.tenant_id, accounts.c.full_name))
EVERY_TENANT = Statement(select(tenants.c.id))
RENAME_ALL = Statement(update(accounts).values(full_name="Nobody").returning(accounts.c.id))
WHO = Statement(
    text("SELECT current_user AS name, current_setting('authwell.tenant', true) AS tenant").columns(
        accounts.c.full_name.label("name"), accounts.c.full_name.label("tenant")
    )
)


@pytest.fixture(scope="module")
def url(new_database: NewDatabase) -> str:
    """A database with an account in each of two tenants."""
    url = new_database("postgresql")
    database = Database(url)
    populate(database)
    database.write(account("bob", OTHER_TENANT), {})
    database.close()
    return url


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Connections of the test's own."""
    database = Database(url)
    yield database
    database.close()


def account(name: str, tenant_id: str) -> Statement:
    values: dict[str, Any] = {
        "id": f"{name}-id",
        "tenant_id": tenant_id,
        "username": name,
        "username_canonical": name,
        "email_verified": False,
        "claims": {},
        "roles": [],
        "status": "active",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Statement(insert(accounts).values(values))


def owners(rows: list[Any]) -> set[str]:
    return {row.tenant_id for row in rows}


@pytest.mark.req("H1", "TN-01", "3.1")
def test_behind_a_wall_there_are_the_rows_of_one_tenant(database: Database) -> None:
    with wall(OTHER_TENANT):
        people = database.all(EVERYBODY, {})
        companies = database.all(EVERY_TENANT, {})
        with database.transaction() as transaction:
            inside = transaction.all(EVERYBODY, {})

    assert [row.id for row in people] == [row.id for row in inside] == ["bob-id"]
    assert [row.id for row in companies] == [OTHER_TENANT]
    assert owners(database.all(EVERYBODY, {})) == {TENANT, OTHER_TENANT}


@pytest.mark.req("H1", "TN-01")
def test_a_change_of_all_rows_is_one_of_the_tenants_own(database: Database) -> None:
    with wall(OTHER_TENANT):
        changed = database.write(RENAME_ALL, {})

    names = {row.id: row.full_name for row in database.all(EVERYBODY, {})}
    assert [row.id for row in changed] == ["bob-id"]
    assert (names[ACCOUNT.id], names["bob-id"]) == (ACCOUNT.full_name, "Nobody")


@pytest.mark.req("H1", "TN-01")
def test_nothing_is_written_into_another_tenant(database: Database) -> None:
    with wall(OTHER_TENANT):
        with pytest.raises(errors.InsufficientPrivilege):
            database.write(account("mallory", TENANT), {})
        with pytest.raises(errors.InsufficientPrivilege), database.transaction() as transaction:
            add_event(transaction, an_event("forged"))

    everything = Statement(select(audit_events.c.type))
    assert "forged" not in {row.type for row in database.all(everything, {})}


@pytest.mark.req("TN-01")
def test_role_and_tenant_end_with_the_work(database: Database) -> None:
    with wall(TENANT):
        inside = database.one(WHO, {})
        with no_wall():
            lifted = database.one(WHO, {})
        with pytest.raises(ZeroDivisionError), database.transaction():
            raise ZeroDivisionError
    outside = database.one(WHO, {})

    assert inside is not None
    assert lifted is not None
    assert outside is not None
    assert (inside.name, inside.tenant) == ("authwell_tenant", TENANT)
    assert (lifted.name, lifted.tenant or "") == (outside.name, outside.tenant or "")
    assert (outside.name, outside.tenant or "") == ("postgres", "")


@pytest.mark.req("TN-01")
def test_the_role_without_a_tenant_sees_nothing(url: str) -> None:
    connection = psycopg2.connect(make_url(url).render_as_string(hide_password=False))
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE authwell_tenant")
        cursor.execute("SELECT count(*) FROM accounts")
        found = cursor.fetchone()
    connection.close()

    assert found == (0,)


@pytest.mark.req("H1", "TN-01")
def test_every_table_with_a_tenant_has_a_wall(url: str) -> None:
    query = (
        "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid"
        " WHERE relrowsecurity AND polname = 'own_tenant'"
    )

    walled = {name for (name,) in postgresql.rows(make_url(url), query)}

    wanted = {table.name for table in Base.metadata.tables.values() if "tenant_id" in table.c}
    partitions = {name for name in walled if name.startswith("audit_events_")}
    assert walled - partitions == wanted | {"tenants"}
    assert "audit_events_default" in partitions


@pytest.mark.req("H1", "TN-01")
def test_a_new_partition_of_the_audit_log_has_a_wall_of_its_own(
    url: str, database: Database
) -> None:
    make_partitions(database, datetime(2031, 5, 3, tzinfo=UTC))
    query = (
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity"
        " AND relname LIKE 'audit_events_2031%' ORDER BY 1"
    )

    walled = [name for (name,) in postgresql.rows(make_url(url), query)]

    assert walled == ["audit_events_2031_05", "audit_events_2031_06", "audit_events_2031_07"]


@pytest.mark.req("TN-01")
def test_a_user_who_cannot_become_the_role_works_without_walls(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_has_walls", None)
    never = Statement(
        text("SELECT false AS raised").columns(accounts.c.email_verified.label("raised"))
    )
    monkeypatch.setattr("authwell.storage.database.ARE_RAISED", never)

    with wall(OTHER_TENANT):
        people = database.all(EVERYBODY, {})

    assert not database.has_walls
    assert owners(people) == {TENANT, OTHER_TENANT}
