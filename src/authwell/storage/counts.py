"""Counting with one statement, so that of many at once each gets a number of its own."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql

from authwell.models.counts import counts
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.utils.randomness import digest

_new = postgresql.insert(counts).values(
    key=bindparam("key"), number=bindparam("number"), expires_at=bindparam("expires_at")
)
COUNT = Statement(
    _new.on_conflict_do_update(
        index_elements=["key"], set_={"number": counts.c.number + 1}
    ).returning(counts.c.number)
)


class Counts:
    """Counters that begin anew with each period."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def next(self, name: str, period: timedelta, now: datetime) -> int:
        """The number of this call among those of the same name in the same period, from 1."""
        begun = int(now.timestamp() // period.total_seconds())
        values = {
            "key": digest(f"{name}\n{begun}"),
            "number": 1,
            "expires_at": now + period,
        }
        (row,) = self._database.write(COUNT, values)
        return int(row.number)
