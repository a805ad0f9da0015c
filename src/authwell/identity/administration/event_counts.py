"""Events by day for the overview of administrators.

What is over does not change any more, so a process counts it once; of the present day, too, only
what came since it was last asked for.
"""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Final

from authwell.storage.audit.counts import count_events
from authwell.storage.database import Database

DAYS: Final = 14
MOST_KEPT: Final = 10_000
"""Days of tenants that a process remembers."""
LATE: Final = timedelta(minutes=5)
"""An event may be committed so long after its time."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many events of each type a day had until some moment of it."""

    until: datetime
    numbers: Counter[str]


class DailyCounts:
    """How many events of each type there were, by day; shared by the threads of a process."""

    def __init__(self, database: Database) -> None:
        """Count nothing yet."""
        self._database = database
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, date], Tally] = OrderedDict()

    def of(self, tenant_id: str, now: datetime) -> list[tuple[date, Mapping[str, int]]]:
        """The last days, the earliest first; by one statement, however much is remembered."""
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        days = [midnight - back * _DAY for back in reversed(range(DAYS))]
        kept = self._recall(tenant_id, days)
        until = [
            max(tally.until, min(now - LATE, day + _DAY))
            for day, tally in zip(days, kept, strict=True)
        ]
        over = [(tally.until, end) for tally, end in zip(kept, until, strict=True)]
        # Shortly after midnight the day before has such a rest as well.
        rest = [(end, day + _DAY) for day, end in zip(days[-2:], until[-2:], strict=True)]
        counted = count_events(self._database, tenant_id, [*over, *rest])
        tallies = [
            Tally(end, tally.numbers + numbers)
            for tally, end, numbers in zip(kept, until, counted[:DAYS], strict=True)
        ]
        self._remember(tenant_id, days, tallies)
        rests = [Counter[str]()] * (DAYS - 2) + counted[DAYS:]
        return [
            (day.date(), tally.numbers + late)
            for day, tally, late in zip(days, tallies, rests, strict=True)
        ]

    def _recall(self, tenant_id: str, days: list[datetime]) -> list[Tally]:
        with self._lock:
            return [self._kept.get((tenant_id, day.date()), Tally(day, Counter())) for day in days]

    def _remember(self, tenant_id: str, days: list[datetime], tallies: list[Tally]) -> None:
        with self._lock:
            for day, tally in zip(days, tallies, strict=True):
                self._kept[tenant_id, day.date()] = tally
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
