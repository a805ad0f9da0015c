"""The database: runs statements, single changes and transactions (DESIGN.md section 4)."""

import logging
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from sqlite3 import Error as SqliteError
from sqlite3 import IntegrityError as SqliteIntegrityError
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from psycopg2 import DataError, ProgrammingError
from psycopg2 import Error as PostgresqlError
from psycopg2 import IntegrityError as PostgresqlIntegrityError
from psycopg2 import errors as postgresql
from sqlalchemy import URL, Engine, literal, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection

from authwell.models import Base
from authwell.storage.engines import postgresql_engine, sqlite_reader, sqlite_writer
from authwell.storage.errors import Conflict, StorageUnavailable
from authwell.storage.statements import Form, Parameters, Row, Statement
from authwell.storage.urls import is_sqlite, normalised
from authwell.storage.walls import ARE_RAISED, BEGIN, walled_tenant

db = SQLAlchemy(metadata=Base.metadata)
"""For `flask db` and for the ORM of administration pages; hot paths use `Database`."""

_log = logging.getLogger(__name__)
PING = Statement(select(literal(1).label("answer")))
_PREPARED = "authwell_prepared"
_LOST_PREPARED = (postgresql.InvalidSqlStatementName, postgresql.DuplicatePreparedStatement)


class _ConnectionLost(StorageUnavailable):
    """The server went away with a statement on its way."""


class Transaction:
    """Statements of one transaction; nothing of it happened unless it ends without an error."""

    __slots__ = ("_connection", "_database")

    def __init__(self, database: "Database", connection: PoolProxiedConnection) -> None:
        """Begun by `Database.transaction`."""
        self._database = database
        self._connection = connection

    def all(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Run a statement and return its rows; none if it returns none."""
        return self._database.run(self._connection, statement, parameters)

    def one(self, statement: Statement, parameters: Parameters) -> Row | None:
        """Run a statement and return its first row, if any."""
        rows = self.all(statement, parameters)
        return rows[0] if rows else None


class Database:
    """PostgreSQL or SQLite behind one face; safe among threads, and after a fork."""

    def __init__(self, url: str | URL) -> None:
        """Make the pools; nothing is connected yet."""
        self.url = normalised(url)
        self.is_sqlite = is_sqlite(self.url)
        if self.is_sqlite:
            self._reader, self._writer = sqlite_reader(self.url), sqlite_writer(self.url)
        else:
            self._reader = self._writer = postgresql_engine(self.url)
        self._prepares = not self.is_sqlite
        self._has_walls: bool | None = False if self.is_sqlite else None
        _forget_connections_after_fork(self)

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """For reading and for writing; the same one on PostgreSQL."""
        return self._reader, self._writer

    def one(self, statement: Statement, parameters: Parameters) -> Row | None:
        """Read the first row, if any."""
        rows = self.all(statement, parameters)
        return rows[0] if rows else None

    def all(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Read all rows; asked once more if the connection was lost, since reading is harmless."""
        try:
            return self._read(statement, parameters)
        except _ConnectionLost:
            return self._read(statement, parameters)

    def all_by_own_plan(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """The same by a plan for these very values: for lists, whose filters differ in their worth.

        One plan for all values could not tell a rare status from the usual one, and each of the
        many combinations would stay prepared in every connection.
        """
        try:
            return self._read(statement, parameters, prepared=False)
        except _ConnectionLost:
            return self._read(statement, parameters, prepared=False)

    def write(self, statement: Statement, parameters: Parameters) -> list[Row]:
        """Run one statement and commit it; the rows that it returned.

        Raises:
            Conflict: it breaks a constraint; nothing was written.
            StorageUnavailable: it may or may not have been written.
        """
        tenant_id = self._wall()
        if tenant_id is not None:
            return self._walled(tenant_id, statement, parameters)
        with self._connection(self._writer) as connection:
            return self.run(connection, statement, parameters, alone=True)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write in several statements, all or none; on SQLite alone from the start."""
        with self._transaction(self._wall()) as transaction:
            yield transaction

    @contextmanager
    def _transaction(self, tenant_id: str | None) -> Iterator[Transaction]:
        with self._connection(self._writer) as connection:
            if tenant_id is not None:
                self._command(connection, BEGIN, {"tenant_id": tenant_id})
            else:
                self._command(connection, "BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN")
            try:
                yield Transaction(self, connection)
                self._command(connection, "COMMIT")
            except BaseException:
                self._roll_back(connection)
                raise

    def run(
        self,
        connection: PoolProxiedConnection,
        statement: Statement,
        parameters: Parameters,
        *,
        alone: bool = False,
    ) -> list[Row]:
        """Run a statement on a connection; prepared if it is `alone`, outside a transaction."""
        form = statement.form(self._writer.dialect)
        cursor = connection.cursor()
        try:
            if alone and self._prepares:
                self._execute_prepared(connection, cursor, form, parameters)
            elif self.is_sqlite:
                cursor.execute(form.sql, form.values(parameters))
            else:
                cursor.execute(form.sql, form.named_values(parameters))
            return [form.make(row) for row in cursor.fetchall()] if form.returns_rows else []
        except (PostgresqlError, SqliteError) as error:
            raise _translated(error, connection) from error
        finally:
            cursor.close()

    def ping(self) -> None:
        """Ask whether it answers.

        Raises:
            StorageUnavailable: it does not.
        """
        self.one(PING, {})

    def close(self) -> None:
        """Close all connections that are not in use."""
        self._reader.dispose()
        self._writer.dispose()

    def forget_connections(self) -> None:
        """In a child after a fork: the parent's connections are the parent's."""
        self._reader.dispose(close=False)
        self._writer.dispose(close=False)

    def _read(
        self, statement: Statement, parameters: Parameters, *, prepared: bool = True
    ) -> list[Row]:
        tenant_id = self._wall()
        if tenant_id is not None:
            return self._walled(tenant_id, statement, parameters)
        with self._connection(self._reader) as connection:
            return self.run(connection, statement, parameters, alone=prepared)

    def _wall(self) -> str | None:
        """The tenant whose rows alone may be touched now; None where no wall stands."""
        tenant_id = walled_tenant()
        return tenant_id if tenant_id is not None and self.has_walls else None

    @property
    def has_walls(self) -> bool:
        """Whether the database holds tenants apart too; asked once."""
        if self._has_walls is None:
            with self._connection(self._reader) as connection:
                self._has_walls = self.run(connection, ARE_RAISED, {})[0].raised
            if not self._has_walls:
                _log.warning("No walls between tenants: this user cannot become authwell_tenant.")
        return self._has_walls

    def _walled(self, tenant_id: str, statement: Statement, parameters: Parameters) -> list[Row]:
        """Run one statement behind the wall of a tenant, and commit it.

        It is not prepared: a plan holds for one role only.
        """
        with self._transaction(tenant_id) as transaction:
            return transaction.all(statement, parameters)

    def _execute_prepared(
        self, connection: PoolProxiedConnection, cursor: Any, form: Form, parameters: Parameters
    ) -> None:
        prepared: set[str] = connection.info.setdefault(_PREPARED, set())
        try:
            if form.name not in prepared:
                cursor.execute(form.prepare)
                prepared.add(form.name)
            cursor.execute(form.execute, form.values(parameters))
        except _LOST_PREPARED:
            # A pooler between us and the server gives each statement another connection.
            _log.warning("The database forgets prepared statements; going on without them.")
            self._prepares = False
            cursor.execute(form.sql, form.named_values(parameters))
        except postgresql.FeatureNotSupported:
            # A migration changed a table: the plan is void, and nothing has run yet.
            prepared.clear()
            cursor.execute("DEALLOCATE ALL")
            cursor.execute(form.sql, form.named_values(parameters))

    @contextmanager
    def _connection(self, engine: Engine) -> Iterator[PoolProxiedConnection]:
        connection = self._live_connection(engine)
        try:
            yield connection
        except StorageUnavailable:
            if not self.is_sqlite:
                connection.invalidate()
            raise
        finally:
            connection.close()

    def _live_connection(self, engine: Engine) -> PoolProxiedConnection:
        try:
            connection = engine.raw_connection()
            while not self.is_sqlite and _was_closed_by_server(connection):
                connection.invalidate()
                connection.close()
                connection = engine.raw_connection()
        except (PostgresqlError, SqliteError, DBAPIError, PoolTimeout) as error:
            raise StorageUnavailable(type(error).__name__) from error
        return connection

    def _command(
        self, connection: PoolProxiedConnection, sql: str, values: Parameters | None = None
    ) -> None:
        cursor = connection.cursor()
        try:
            cursor.execute(sql) if values is None else cursor.execute(sql, values)
        except (PostgresqlError, SqliteError) as error:
            raise _translated(error, connection) from error
        finally:
            cursor.close()

    def _roll_back(self, connection: PoolProxiedConnection) -> None:
        try:
            self._command(connection, "ROLLBACK")
        except (StorageUnavailable, Conflict):
            connection.invalidate()


def _was_closed_by_server(connection: PoolProxiedConnection) -> bool:
    """Whether an idle connection has something to read, which can only be its end.

    It costs a microsecond where asking the server costs a round trip, and it matters: a
    write that fails on a dead connection must not be tried again, since it may have run.
    """
    driver: Any = connection.dbapi_connection
    if driver.closed:
        return True
    watched = poll()
    watched.register(driver.fileno(), POLLIN)
    return bool(watched.poll(0))


def _translated(
    error: PostgresqlError | SqliteError, connection: PoolProxiedConnection
) -> Exception:
    if isinstance(error, PostgresqlIntegrityError):
        return Conflict(error.diag.constraint_name or "a constraint")
    if isinstance(error, SqliteIntegrityError):
        return Conflict(str(error).rpartition(": ")[2])
    if isinstance(error, postgresql.UndefinedTable):
        return StorageUnavailable("The tables are missing: run `authwell db upgrade`.")
    if isinstance(error, (ProgrammingError, DataError)):
        return error
    driver: Any = connection.dbapi_connection
    if isinstance(error, PostgresqlError) and driver.closed:
        return _ConnectionLost(type(error).__name__)
    return StorageUnavailable(type(error).__name__)


def _forget_connections_after_fork(database: Database) -> None:
    reference = weakref.ref(database)

    def forget() -> None:
        survivor = reference()
        if survivor is not None:
            survivor.forget_connections()

    os.register_at_fork(after_in_child=forget)
