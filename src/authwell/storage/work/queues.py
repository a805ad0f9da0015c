"""Queues in tables: rows are claimed for a while, done, or tried again later.

A claim is one statement. PostgreSQL passes over rows that another worker is claiming;
SQLite has one writer at a time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import randbelow
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Table,
    bindparam,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)

from authwell.models.base import UtcDateTime
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement

FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)
MAX_ATTEMPTS = 12
"""About five hours of trying; then the row is given up and kept with its error."""

_NOW: Any = bindparam("now", type_=UtcDateTime())


def is_ready(of: FromClause, due: str) -> tuple[ColumnElement[bool], ...]:
    """Of a row of a queue: not done, due, and nobody's at present."""
    return (
        of.c.done_at.is_(None),
        of.c[due] <= _NOW,
        or_(of.c.claimed_until.is_(None), of.c.claimed_until <= _NOW),
    )


class Readiness:
    """In which of several queues a claim may find something; one statement, since it is asked often."""

    def __init__(self, database: Database, ready: Mapping[str, Select[Any]]) -> None:
        """Take what a claim would find in each queue, by the names of the queues."""
        self._database = database
        self._statement = Statement(
            union_all(
                *(
                    select(literal(name).label("name")).where(rows.exists())
                    for name, rows in ready.items()
                )
            )
        )

    def names(self, now: datetime) -> frozenset[str]:
        """The names of those that have something."""
        return frozenset(row.name for row in self._database.all(self._statement, {"now": now}))


class Queue:
    """The statements of one queue."""

    def __init__(self, table: Table, due: str, only: ColumnElement[bool] | None = None) -> None:
        """Build them.

        Args:
            table: with `attempts`, `claimed_until`, `done_at` and `last_error`.
            due: its column with the time from which a row may be claimed.
            only: which rows a claim is about; its parameters are given to `claim`.
        """
        ready = (
            select(table.c.id)
            .where(*is_ready(table, due), true() if only is None else only)
            .order_by(table.c[due], table.c.id)
            .limit(bindparam("limit", type_=Integer()))
            .with_for_update(skip_locked=True)
        )
        is_mine = (
            table.c.id == bindparam("id"),
            table.c.done_at.is_(None),
            table.c.attempts == bindparam("attempts"),
        )
        self._claim = Statement(
            update(table)
            .where(table.c.id.in_(ready))
            .values(
                claimed_until=bindparam("until", type_=UtcDateTime()),
                attempts=table.c.attempts + 1,
            )
            .returning(*table.c)
        )
        self._finish = Statement(
            update(table)
            .where(*is_mine)
            .values(done_at=_NOW, claimed_until=null(), last_error=bindparam("error"))
            .returning(table.c.id)
        )
        self._postpone = Statement(
            update(table)
            .where(*is_mine)
            .values(
                {
                    due: bindparam("again_at", type_=UtcDateTime()),
                    "claimed_until": null(),
                    "last_error": bindparam("error"),
                }
            )
            .returning(table.c.id)
        )

    def claim(
        self,
        database: Database,
        now: datetime,
        limit: int,
        lease: timedelta,
        of: Mapping[str, Any] | None = None,
    ) -> list[Row]:
        """Claim due rows, the oldest first; after `lease` others may have them again."""
        values = {"now": now, "limit": limit, "until": now + lease, **(of or {})}
        return sorted(database.write(self._claim, values), key=lambda row: str(row.id))

    def finish(self, database: Database, claimed: Row, now: datetime) -> bool:
        """Note that it is done; False if the claim was lost meanwhile."""
        with database.transaction() as transaction:
            return self.finish_in(transaction, claimed, now)

    def finish_in(
        self, transaction: Transaction, claimed: Row, now: datetime, error: str | None = None
    ) -> bool:
        """The same in a transaction; with an error it is given up."""
        values = {"id": claimed.id, "attempts": claimed.attempts, "now": now}
        shortened = error[:2000] if error is not None else None
        return bool(transaction.all(self._finish, {**values, "error": shortened}))

    def fail(self, database: Database, claimed: Row, error: str, now: datetime) -> bool:
        """Try again later, each time twice as late; after the last attempt give up."""
        if claimed.attempts >= MAX_ATTEMPTS:
            with database.transaction() as transaction:
                return self.finish_in(transaction, claimed, now, error)
        values = {"id": claimed.id, "attempts": claimed.attempts, "error": error[:2000]}
        again_at = now + with_jitter(delay_after(claimed.attempts))
        return bool(database.write(self._postpone, {**values, "again_at": again_at}))


def delay_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts, at least."""
    return min(FIRST_DELAY * (1 << (attempts - 1)), LONGEST_DELAY)


def with_jitter(delay: timedelta) -> timedelta:
    """Up to a quarter more, so that what failed together is not tried again together."""
    return delay * (1 + randbelow(250) / 1000)
