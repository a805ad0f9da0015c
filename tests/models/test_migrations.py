"""Migrations on SQLite and PostgreSQL, by Alembic, by Flask and by the program itself."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from authwell.models import Base
from authwell.storage import migrations
from authwell.storage.urls import normalised
from tests.parts import databases, processes

SECRETS = {
    "SECRET_KEY": os.urandom(32).hex(),
    "KEY_ENCRYPTION_KEY": b64encode(os.urandom(32)).decode(),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    url = databases.create(request.param, migrated=False)
    yield url
    databases.drop(url)


def alembic(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=processes.ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def tables(url: str) -> set[str]:
    engine = create_engine(normalised(url))
    found = set(inspect(engine).get_table_names()) - {"alembic_version"}
    engine.dispose()
    return {name for name in found if not name.startswith("audit_events_")}


@pytest.mark.req("O6", "O7", "0.3")
def test_migrations_go_up_down_and_up_again(empty_database: str) -> None:
    steps = [
        alembic(empty_database, "upgrade", "head"),
        alembic(empty_database, "downgrade", "base"),
        alembic(empty_database, "upgrade", "head"),
    ]

    assert [step.returncode for step in steps] == [0, 0, 0], [step.stderr for step in steps]
    assert tables(empty_database) == set(Base.metadata.tables)


def test_a_downgrade_leaves_nothing(empty_database: str) -> None:
    migrations.upgrade(empty_database)

    migrations.downgrade(empty_database, "base")

    assert tables(empty_database) == set()


def test_the_models_are_what_the_migrations_make(empty_database: str) -> None:
    migrations.upgrade(empty_database)

    check = alembic(empty_database, "check")

    assert check.returncode == 0, check.stdout + check.stderr


def flask(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "DATABASE_URL": url,
        "ENVIRONMENT": "development",
        "ISSUER": "http://localhost:5000",
        **SECRETS,
    }
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", "db", *arguments],
        cwd=processes.ROOT,
        env={**os.environ, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.req("O5")
def test_the_commands_of_flask_work_on_an_empty_database(sqlite_database: str) -> None:
    steps = [
        flask(sqlite_database, "upgrade"),
        flask(sqlite_database, "check"),
        flask(sqlite_database, "downgrade", "base"),
    ]

    assert [step.returncode for step in steps] == [0, 0, 0], [step.stderr for step in steps]
    assert tables(sqlite_database) == set()


@pytest.mark.req("O6")
def test_the_commands_of_alembic_work(empty_database: str) -> None:
    alembic(empty_database, "stamp", "head")

    current = alembic(empty_database, "current")
    history = alembic(empty_database, "history", "--verbose")
    sql = alembic(empty_database, "upgrade", "head", "--sql")

    assert current.stdout.endswith(" (head)\n")
    assert "0001" in history.stdout
    assert "CREATE TABLE grants" in sql.stdout
    assert tables(empty_database) == set()


def test_a_migration_that_fails_leaves_nothing_behind(empty_database: str) -> None:
    engine = create_engine(normalised(empty_database))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE leases (name TEXT)"))

    failed = alembic(empty_database, "upgrade", "head")
    engine.dispose()

    assert failed.returncode != 0
    assert tables(empty_database) == {"leases"}


def test_two_migrations_at_once_take_turns(empty_database: str) -> None:
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    environment = {**os.environ, "DATABASE_URL": empty_database}
    running = [
        subprocess.Popen(
            command,
            cwd=processes.ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]

    errors = [process.communicate()[1] for process in running]

    assert [process.returncode for process in running] == [0, 0, 0], errors
    assert tables(empty_database) == set(Base.metadata.tables)


def test_this_month_has_a_partition(postgresql_database: str) -> None:
    migrations.upgrade(postgresql_database)

    engine = create_engine(normalised(postgresql_database))
    with engine.connect() as connection:
        partitions = connection.execute(
            text(
                "SELECT inhrelid::regclass::text FROM pg_inherits JOIN pg_class c"
                " ON c.oid = inhparent WHERE c.relname = 'audit_events'"
            )
        )
        names = {name for (name,) in partitions}
        month = connection.execute(
            text("SELECT 'audit_events_' || to_char(now(), 'YYYY_MM')")
        ).scalar()
    engine.dispose()

    assert len(names) == 4
    assert {"audit_events_default", month} <= names


def test_client_secrets_outlive_the_step_to_sealed_ones(empty_database: str) -> None:
    alembic(empty_database, "upgrade", "0001")
    now = "2026-11-21 12:00:00+00:00"
    engine = create_engine(normalised(empty_database))
    with engine.begin() as connection:
        add_client_with_secret(connection, "argon2", now)
    alembic(empty_database, "upgrade", "0002")
    with engine.begin() as connection:
        add_secret(connection, "sealed", now)
        before = kinds(connection)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        add_secret(connection, "plain", now)

    down = alembic(empty_database, "downgrade", "0001")

    with engine.begin() as connection:
        after = kinds(connection)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        add_secret(connection, "sealed", now)
    engine.dispose()
    assert (before, after) == ({"argon2", "sealed"}, {"argon2"})
    assert down.returncode == 0


def add_client_with_secret(connection: Connection, kind: str, now: str) -> None:
    connection.execute(
        text(
            "INSERT INTO tenants (id, slug, issuer, name, policy, status, created_at, updated_at)"
            " VALUES ('t', 's', 'i', 'n', '{}', 'active', :now, :now)"
        ),
        {"now": now},
    )
    connection.execute(
        text(
            "INSERT INTO clients (tenant_id, client_id, metadata, status, created_at, updated_at)"
            " VALUES ('t', 'c', '{}', 'active', :now, :now)"
        ),
        {"now": now},
    )
    add_secret(connection, kind, now)


def add_secret(connection: Connection, kind: str, now: str) -> None:
    connection.execute(
        text(
            "INSERT INTO client_secrets (id, tenant_id, client_id, kind, value, created_at)"
            " VALUES (:kind, 't', 'c', :kind, :value, :now)"
        ),
        {"kind": kind, "value": b"value", "now": now},
    )


def kinds(connection: Connection) -> set[str]:
    return {kind for (kind,) in connection.execute(text("SELECT kind FROM client_secrets"))}
