"""Partitions of the audit log on PostgreSQL: one a month, made two months ahead, dropped when empty."""

import logging
import re
from datetime import date, datetime

from sqlalchemy import Boolean, String, bindparam, func, select, text

from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.statements import Statement
from authwell.storage.walls import RAISE_MISSING

MONTHS_AHEAD = 2

_FIND_TABLE = Statement(
    select(func.to_regclass(bindparam("name", type_=String())).is_not(None).label("exists"))
)
_LIST_TABLES = Statement(
    text(
        r"SELECT inhrelid\:\:regclass\:\:text AS name FROM pg_inherits"
        r" WHERE inhparent = 'audit_events'\:\:regclass"
    ).columns(name=String())
)
_NAME = re.compile(r"audit_events_(\d{4})_(\d{2})")
_log = logging.getLogger(__name__)


def make_partitions(database: Database, now: datetime) -> None:
    """Make this month's partition and the next ones, as far as they are missing.

    Rows of a month without a partition go to the default one, so nothing fails if the
    clean-up has not run for long; such a month keeps its rows there.
    """
    if database.is_sqlite:
        return
    start = now.date().replace(day=1)
    for _ in range(MONTHS_AHEAD + 1):
        end = next_month(start)
        name = f"audit_events_{start:%Y_%m}"
        found = database.one(_FIND_TABLE, {"name": name})
        if found is None or not found.exists:
            _make(database, name, start, end)
        start = end


def drop_partitions(database: Database, before: datetime) -> int:
    """Drop the empty partitions of months before a moment; how many there were."""
    if database.is_sqlite:
        return 0
    old = [row.name for row in database.all(_LIST_TABLES, {}) if _is_over(row.name, before)]
    empty = [name for name in old if not _has_rows(database, name)]
    for name in empty:
        with database.transaction() as transaction:
            # The name is one of ours, read from the catalog and of a form without quotes.
            transaction.all(Statement(text(f"DROP TABLE IF EXISTS {name}")), {})
        _log.info("%s was dropped: all of it was past AUDIT_RETENTION_DAYS.", name)
    return len(empty)


def _has_rows(database: Database, name: str) -> bool:
    statement = text(f"SELECT EXISTS (SELECT 1 FROM {name}) AS found")  # noqa: S608 - a name of ours
    row = database.one(Statement(statement.columns(found=Boolean())), {})
    return row is not None and bool(row.found)


def _is_over(name: str, before: datetime) -> bool:
    found = _NAME.fullmatch(name)
    if found is None:
        return False
    end = next_month(date(int(found[1]), int(found[2]), 1))
    return end <= before.date()


def next_month(day: date) -> date:
    """The first day of the month after."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def _make(database: Database, name: str, start: date, end: date) -> None:
    # All parts of the statement are dates of ours: it takes no parameters.
    create = (
        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF audit_events"
        f" FOR VALUES FROM ('{start} 00:00:00+00') TO ('{end} 00:00:00+00')"
    )
    try:
        with database.transaction() as transaction:
            transaction.all(Statement(text(create.replace(":", r"\:"))), {})
            transaction.all(RAISE_MISSING, {})
    except Conflict:
        _log.warning("%s stays in the default partition, which has rows of it already.", name)
