"""What every table shares."""

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import DateTime, LargeBinary, String, UniqueConstraint, bindparam, select

from authwell.models import Base
from authwell.models.base import UtcDateTime
from authwell.models.work import leases
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from tests.conftest import NewDatabase

ADD = Statement(
    leases.insert().values(name="a", holder="h", expires_at=bindparam("at", type_=UtcDateTime()))
)
READ = Statement(select(leases.c.expires_at))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.mark.parametrize("hours", [-11, 0, 5])
def test_a_time_comes_back_in_utc(database: Database, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    written = datetime(2026, 3, 29, 2, 30, 15, 123456, tzinfo=zone)

    database.write(ADD, {"at": written})

    (row,) = database.all(READ, {})
    assert row.expires_at == written
    assert row.expires_at.utcoffset() == timedelta(0)


def test_a_time_without_zone_is_refused_on_sqlite(new_database: NewDatabase) -> None:
    database = Database(new_database("sqlite"))

    with pytest.raises(ValueError, match="time zone"):
        database.write(ADD, {"at": datetime(2026, 1, 1)})  # noqa: DTZ001 - the wrong one

    database.close()


def test_every_time_is_kept_in_utc() -> None:
    plain = [
        str(column)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, DateTime)
    ]

    assert plain == []


@pytest.mark.req("N10")
def test_every_foreign_key_has_an_index() -> None:
    missing = []
    for table in Base.metadata.tables.values():
        indexed = [list(index.columns.keys()) for index in table.indexes]
        indexed.append(list(table.primary_key.columns.keys()))
        indexed += [
            list(constraint.columns.keys())
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        for key in table.foreign_key_constraints:
            columns = list(key.columns.keys())
            # An id finds the row; the tenant beside it only has to agree.
            own = [name for name in columns if name != "tenant_id"] or columns
            if not any(
                found == names[: len(found)] for names in indexed for found in (columns, own)
            ):
                missing.append(f"{table.name}({', '.join(columns)})")

    assert missing == []


@pytest.mark.req("CD-07", "RT-10")
def test_secrets_are_kept_as_digests() -> None:
    digests = {
        str(column): column.type
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name in ("digest", "token_digest")
    }

    assert set(digests) == {
        "handles.digest",
        "invitations.digest",
        "refresh_tokens.digest",
        "access_tokens.digest",
        "sessions.digest",
        "client_registrations.token_digest",
        "initial_access_tokens.digest",
        "api_keys.digest",
        "backup_codes.digest",
        "devices.digest",
    }
    assert all(isinstance(kind, LargeBinary) and kind.length == 32 for kind in digests.values())


def test_every_tenant_column_is_an_identifier() -> None:
    kinds = {
        (type(table.c.tenant_id.type), getattr(table.c.tenant_id.type, "length", None))
        for table in Base.metadata.tables.values()
        if "tenant_id" in table.c
    }

    assert kinds == {(String, 36)}


def test_now_is_not_a_default() -> None:
    defaults = [
        str(column)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.default is not None or column.server_default is not None
    ]

    assert defaults == []
