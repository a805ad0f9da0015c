"""Connections: pools of PostgreSQL and SQLite, set up as DESIGN.md section 4 says."""

import json
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Engine, create_engine, event

from authwell.storage.urls import is_sqlite

POOL_SIZE = 5
POOL_OVERFLOW = 15
POOL_TIMEOUT = 3
"""Seconds that a request waits for a connection before it is a 503."""
CONNECT_TIMEOUT = 3
SQLITE_BUSY_TIMEOUT = 5

# Statements find rows by key; one plan for all parameters spares planning each time, and it
# must be by index even while a table is still small. Times are UTC, and nothing waits for ever.
_POSTGRESQL_SETUP = """
SET timezone = 'UTC'; SET plan_cache_mode = 'force_generic_plan'; SET jit = off;
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
SET statement_timeout = '10s'; SET lock_timeout = '5s';
SET idle_in_transaction_session_timeout = '30s'
"""


def postgresql_engine(url: URL) -> Engine:
    """One pool in AUTOCOMMIT: a read or a single-statement write is one round trip."""
    engine = create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_timeout=POOL_TIMEOUT,
        pool_reset_on_return=None,
        pool_use_lifo=True,
        json_serializer=json.dumps,
        json_deserializer=orjson.loads,
        connect_args={
            "connect_timeout": CONNECT_TIMEOUT,
            "keepalives_idle": 30,
            "tcp_user_timeout": 5000,
            "application_name": "authwell",
        },
    )
    event.listen(engine, "connect", _set_up_postgresql)
    return engine


def sqlite_reader(url: URL) -> Engine:
    """A pool in AUTOCOMMIT; with WAL readers wait for nobody."""
    if not is_sqlite(url) or not url.database or url.database == ":memory:":
        raise ValueError("SQLite needs a file, so that all connections see one database.")
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_OVERFLOW,
        pool_reset_on_return=None,
        json_deserializer=orjson.loads,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def sqlite_writer(url: URL) -> Engine:
    """One connection: the writers of a process queue here and not in SQLite's busy loop."""
    engine = create_engine(
        url, pool_size=1, max_overflow=0, pool_timeout=POOL_TIMEOUT, pool_reset_on_return=None
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_postgresql(connection: Any, _record: Any) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL_SETUP)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {SQLITE_BUSY_TIMEOUT * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
