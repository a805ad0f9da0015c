"""Ten thousand sessions: an account's list and its last logins are found by their index."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from authwell.models.accounts import accounts
from authwell.models.sessions import sessions as table
from authwell.storage.database import Database
from authwell.storage.login import devices, sessions
from authwell.storage.login import history as login_history
from authwell.storage.login.sessions import Sessions
from authwell.storage.statements import Statement
from authwell.utils.randomness import digest, new_id
from tests.storage.test_plans import plan_of
from tests.storage.worlds import ACCOUNT, LATER, NOW, TENANT

MANY = 10_000
PEOPLE = 99
SESSIONS = {
    "the list of sessions": (sessions.LIST_SESSIONS, "ix_sessions_account_id_ended_at"),
    "the last logins": (login_history.LAST_LOGINS, "ix_sessions_account_id_id"),
    "all others are ended": (sessions.END_SESSIONS, "ix_sessions_account_id_ended_at"),
    "one's own is ended": (sessions.END_OWN_SESSION, "sessions"),
    "a device is found": (devices.FIND_DEVICE, "devices"),
    "the devices are listed": (devices.LIST_DEVICES, "devices"),
}


@pytest.fixture
def crowded(database: Database) -> Database:
    """A database in which people have logged in very often."""
    people = [f"person-{number}" for number in range(PEOPLE)]
    rows = [
        {
            "digest": digest(str(number)),
            "id": new_id(NOW + timedelta(seconds=number)),
            "tenant_id": TENANT,
            "account_id": [ACCOUNT.id, *people][number % (PEOPLE + 1)],
            "auth_time": NOW,
            "amr": ["pwd"],
            "created_at": NOW,
            "last_seen_at": NOW,
            "expires_at": LATER,
            "ended_at": NOW,
        }
        for number in range(MANY)
    ]
    _, writer = database.engines
    with writer.connect() as connection:
        connection.execute(text("BEGIN")) if database.is_sqlite else None
        connection.execute(insert(accounts), [_person(name) for name in people])
        connection.execute(insert(table), rows)
        connection.execute(text("ANALYZE"))
        connection.execute(text("COMMIT")) if database.is_sqlite else connection.commit()
    return database


@pytest.mark.req("F1", "2.5")
def test_no_table_is_read_whole(crowded: Database) -> None:
    for what, (statement, index) in SESSIONS.items():
        plan = _plan(crowded, statement)

        assert index in plan, (what, plan)
        assert "Seq Scan on sessions" not in plan, (what, plan)
        assert "SCAN sessions" not in plan, (what, plan)


def test_only_what_stands_is_listed(crowded: Database) -> None:
    found = Sessions(crowded).list(TENANT, ACCOUNT.id, idle_since=NOW - timedelta(days=1), now=NOW)

    assert len(found) == 1


def _person(name: str) -> dict[str, object]:
    return {
        "id": name,
        "tenant_id": TENANT,
        "username": name,
        "username_canonical": name,
        "email_verified": False,
        "claims": {},
        "roles": [],
        "status": "active",
        "created_at": NOW,
        "updated_at": NOW,
    }


def _plan(database: Database, statement: Statement) -> str:
    if not database.is_sqlite:
        return plan_of(database, statement)
    reader, _ = database.engines
    form = statement.form(reader.dialect)
    with reader.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {form.sql}", [None] * len(form.binds))
        return "\n".join(str(row) for row in cursor.fetchall())
