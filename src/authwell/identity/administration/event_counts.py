"""Events by day for the overview of administrators.

A day that is over does not change any more, so a process counts it once.
"""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Final

from authwell.storage.database import Database
from authwell.storage.event_counts import PERIODS, count_events

MOST_KEPT: Final = 10_000
"""Days of tenants that a process remembers."""
LATE: Final = timedelta(minutes=5)
"""An event may be committed so long after its time."""


class DailyCounts:
    """How many events of each type there were, by day; shared by the threads of a process."""

    def __init__(self, database: Database) -> None:
        """Count nothing yet."""
        self._database = database
        self._lock = Lock()
        self._over: OrderedDict[tuple[str, date], Mapping[str, int]] = OrderedDict()

    def of(self, tenant_id: str, now: datetime) -> list[tuple[date, Mapping[str, int]]]:
        """The last days, the earliest first; by one statement, however much is remembered."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        begins = [midnight - timedelta(days=back) for back in reversed(range(PERIODS))]
        with self._lock:
            known = {
                begin: self._over[tenant_id, begin.date()]
                for begin in begins
                if (tenant_id, begin.date()) in self._over
            }
        day = timedelta(days=1)
        periods = [(begin, begin if begin in known else begin + day) for begin in begins]
        counted = dict(zip(begins, count_events(self._database, tenant_id, periods), strict=True))
        self._remember(
            tenant_id, {b: n for b, n in counted.items() if b not in known and b + day + LATE < now}
        )
        return [(begin.date(), known.get(begin, counted[begin])) for begin in begins]

    def _remember(self, tenant_id: str, over: Mapping[datetime, Mapping[str, int]]) -> None:
        with self._lock:
            for begin, numbers in over.items():
                self._over[tenant_id, begin.date()] = numbers
            while len(self._over) > MOST_KEPT:
                self._over.popitem(last=False)
