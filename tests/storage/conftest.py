"""Worlds for the contract tests: the same tests hold for memory, SQLite and PostgreSQL."""

from collections.abc import Iterator

import pytest

from authwell.storage.database import Database
from tests.conftest import NewDatabase
from tests.storage.worlds import MemoryWorld, SqlWorld, World, populate


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """A populated store, once of each kind."""
    if request.param == "memory":
        yield MemoryWorld()
        return
    url = request.getfixturevalue("new_database")(request.param)
    database = Database(url)
    populate(database)
    yield SqlWorld(database)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Database]:
    """A populated database, once of each kind."""
    database = Database(new_database(request.param))
    populate(database)
    yield database
    database.close()
