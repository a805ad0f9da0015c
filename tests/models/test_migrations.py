"""Migrations on SQLite and PostgreSQL, by Alembic, by Flask and by the program itself."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, inspect, text

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

    assert "0002 (head)" in current.stdout
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
