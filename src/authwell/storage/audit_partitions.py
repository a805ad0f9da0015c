"""Partitions of the audit log on PostgreSQL: one a month, made two months ahead."""

import logging
from datetime import date, datetime

from sqlalchemy import String, bindparam, func, select, text

from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.statements import Statement

MONTHS_AHEAD = 2

_FIND_TABLE = Statement(
    select(func.to_regclass(bindparam("name", type_=String())).is_not(None).label("exists"))
)
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
    except Conflict:
        _log.warning("%s stays in the default partition, which has rows of it already.", name)
