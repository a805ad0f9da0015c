"""The database itself: lost connections, lost preparations, full pools, forks."""

import os
import signal
import threading
import time
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import String, bindparam, func, select, text
from sqlalchemy.pool import QueuePool

from authwell.models.tokens import denied_jtis
from authwell.storage import engines
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database, Transaction
from authwell.storage.errors import Conflict, StorageUnavailable
from authwell.storage.statements import Statement
from authwell.storage.store import SqlStore
from authwell.storage.urls import normalised
from tests.conftest import NewDatabase
from tests.parts.postgresql import Postgresql
from tests.storage.worlds import (
    LATER,
    NOW,
    TENANT,
    a_redemption,
    an_event,
    issue,
    started,
)

ECHO = Statement(select(bindparam("value", type_=String()).label("value")))
ADD_JTI = Statement(
    denied_jtis.insert().values(tenant_id=TENANT, jti=bindparam("jti"), expires_at=NOW)
)
COUNT_JTIS = Statement(select(func.count().label("number")).select_from(denied_jtis))


def echo(database: Database, value: str = "x") -> str:
    row = database.one(ECHO, {"value": value})
    assert row is not None
    return str(row.value)


def count(database: Database) -> int:
    row = database.one(COUNT_JTIS, {})
    assert row is not None
    return int(row.number)


def test_without_a_server_storage_is_unavailable(
    restarting: tuple[Postgresql, Database],
) -> None:
    server, database = restarting
    store = SqlStore(database)
    issued = issue(store)

    server.stop()

    with pytest.raises(StorageUnavailable):
        store.codes.find(TENANT, issued.code.digest, LATER)
    with pytest.raises(StorageUnavailable):
        store.codes.redeem(a_redemption(issued))
    with pytest.raises(StorageUnavailable), database.transaction():
        pass
    server.start()


def test_the_first_request_after_a_restart_is_served(
    restarting: tuple[Postgresql, Database],
) -> None:
    server, database = restarting
    store = SqlStore(database)
    issued = issue(store)

    server.stop()
    server.start()

    assert store.codes.redeem(a_redemption(issued))
    assert store.codes.find(TENANT, issued.code.digest, LATER) is not None


@pytest.mark.req("RT-08")
def test_a_write_on_a_connection_that_breaks_is_not_tried_again(
    restarting: tuple[Postgresql, Database],
) -> None:
    _, database = restarting
    wait = Statement(text("SELECT pg_sleep(30)"))
    outcome: list[Exception] = []

    def write() -> None:
        try:
            database.write(wait, {})
        except StorageUnavailable as error:
            outcome.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    break_sleeping_connection(database)
    thread.join(timeout=10)

    assert len(outcome) == 1
    assert echo(database) == "x"


def break_sleeping_connection(database: Database) -> None:
    sleeping = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    connection = psycopg2.connect(
        database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute(sleeping)
            if cursor.rowcount:
                break
            time.sleep(0.01)
    connection.close()


def test_missing_tables_are_unavailable_storage(postgresql_database: str) -> None:
    database = Database(postgresql_database)

    with pytest.raises(StorageUnavailable):
        count(database)

    database.close()


def test_lost_preparations_are_done_without(new_database: NewDatabase) -> None:
    database = Database(new_database("postgresql"))
    echo(database)
    with database.transaction() as transaction:
        transaction.all(Statement(text("DEALLOCATE ALL")), {})

    assert echo(database, "again") == "again"
    assert echo(database, "and again") == "and again"
    database.close()


def test_a_changed_table_is_prepared_anew(new_database: NewDatabase) -> None:
    database = Database(new_database("postgresql"))
    everything = Statement(select(denied_jtis))
    database.write(ADD_JTI, {"jti": "one"})
    assert len(database.all(everything, {})) == 1

    with database.transaction() as transaction:
        transaction.all(
            Statement(text("ALTER TABLE denied_jtis ALTER COLUMN jti TYPE varchar(99)")), {}
        )

    assert len(database.all(everything, {})) == 1
    assert len(database.all(everything, {})) == 1
    database.close()


def add_twice(transaction: Transaction) -> None:
    for _ in range(2):
        transaction.all(ADD_JTI, {"jti": "same"})


def test_a_failed_transaction_leaves_nothing(database: Database) -> None:
    with pytest.raises(Conflict), database.transaction() as transaction:
        add_twice(transaction)

    assert count(database) == 0
    assert echo(database) == "x"


def test_a_conflict_names_the_constraint_and_no_value(database: Database) -> None:
    database.write(ADD_JTI, {"jti": "secret"})

    with pytest.raises(Conflict) as refusal:
        database.write(ADD_JTI, {"jti": "secret"})

    assert refusal.value.concerns("jti")
    assert "secret" not in str(refusal.value)


def test_a_full_pool_is_unavailable_storage_and_recovers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database.engines[1].pool, "_timeout", 0.05)
    size = 1 if database.is_sqlite else engines.POOL_SIZE + engines.POOL_OVERFLOW
    held = [database.engines[1].raw_connection() for _ in range(size)]

    with pytest.raises(StorageUnavailable):
        database.write(ADD_JTI, {"jti": "waits"})
    for connection in held:
        connection.close()

    database.write(ADD_JTI, {"jti": "waits"})
    assert count(database) == 1


@pytest.mark.req("N8")
def test_the_pool_keeps_five_connections_and_goes_up_to_twenty(
    postgresql_database: str,
) -> None:
    database = Database(postgresql_database)
    pool = database.engines[0].pool

    held = [database.engines[0].raw_connection() for _ in range(20)]
    for connection in held:
        connection.close()

    assert isinstance(pool, QueuePool)
    assert (pool.size(), pool.checkedin()) == (5, 5)
    database.close()


def test_a_child_has_connections_of_its_own(database: Database) -> None:
    echo(database)
    readable, writable = os.pipe()

    child = os.fork()
    if child == 0:
        os.write(writable, echo(database, "child").encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)

    assert os.read(readable, 100) == b"child"
    assert echo(database, "parent") == "parent"
    os.close(readable)
    os.close(writable)


def test_sqlite_needs_a_file() -> None:
    with pytest.raises(ValueError, match="file"):
        Database("sqlite://")


def test_a_folder_is_made_for_sqlite(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/folder/a.db")

    assert echo(database) == "x"
    database.close()


@pytest.mark.parametrize("url", ["mysql://h/d", "oracle://h/d"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL"):
        normalised(url)


@pytest.mark.parametrize("url", ["postgresql://h/d", "postgresql+psycopg://h/d"])
def test_the_driver_is_named(url: str) -> None:
    assert normalised(url).drivername == "postgresql+psycopg2"


def test_each_change_tells_of_itself_in_its_transaction(database: Database) -> None:
    store = SqlStore(database)
    grant, _ = started(store)

    with pytest.raises(Conflict):
        store.grants.start(grant, an_event("started again"))

    kinds = [event.type for event in AuditLog(database).list(TENANT, LATER)]
    assert kinds == ["grant_started"]


def test_events_are_listed_latest_first(database: Database) -> None:
    log = AuditLog(database)
    first, second = an_event("first", NOW), an_event("second", LATER)
    log.add(first)
    log.add(second)

    assert log.list(TENANT, LATER) == (first,)
    assert log.list(TENANT, LATER.replace(year=2030), limit=1) == (second,)
