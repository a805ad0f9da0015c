"""The overview counts what came since, and is right whenever it is asked for."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from authwell.identity.administration.event_counts import DAYS, DailyCounts
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from tests.conftest import NewDatabase
from tests.storage.worlds import NOW, OTHER_TENANT, TENANT

MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture
def database(new_database: NewDatabase) -> Iterator[Database]:
    opened = Database(new_database("sqlite"))
    yield opened
    opened.close()


def happen(database: Database, at: datetime, number: int = 1, tenant_id: str = TENANT) -> None:
    for _ in range(number):
        AuditLog(database).add(Event(EventType.LOGIN_FAILED, tenant_id, at))


def logins(counts: DailyCounts, now: datetime) -> dict[date, int]:
    """The days that had any."""
    found = counts.of(TENANT, now)
    assert len(found) == DAYS
    assert found[-1][0] == now.date()
    return {day: numbers[EventType.LOGIN_FAILED] for day, numbers in found if numbers}


@pytest.mark.req("9.2")
def test_what_comes_later_is_added_and_nothing_is_counted_twice(database: Database) -> None:
    counts = DailyCounts(database)
    happen(database, NOW - timedelta(hours=1), 3)
    happen(database, NOW - timedelta(days=2))
    happen(database, NOW - timedelta(days=DAYS))
    happen(database, NOW, tenant_id=OTHER_TENANT)

    first = logins(counts, NOW)
    happen(database, NOW - timedelta(minutes=2))
    late = logins(counts, NOW + timedelta(seconds=1))
    happen(database, NOW + timedelta(minutes=20), 2)
    then = logins(counts, NOW + timedelta(minutes=30))

    before = (NOW - timedelta(days=2)).date()
    assert first == {before: 1, NOW.date(): 3}
    assert late == {before: 1, NOW.date(): 4}
    assert then == {before: 1, NOW.date(): 6}
    assert then == logins(counts, NOW), "as seen by a thread whose clock is behind"


@pytest.mark.req("9.2")
def test_an_event_of_before_midnight_may_be_committed_after_it(database: Database) -> None:
    counts = DailyCounts(database)
    happen(database, MIDNIGHT - timedelta(minutes=10))

    asked = [logins(counts, MIDNIGHT + timedelta(minutes=1))]
    happen(database, MIDNIGHT - timedelta(seconds=1))
    happen(database, MIDNIGHT + timedelta(seconds=1))
    asked += [logins(counts, MIDNIGHT + timedelta(minutes=after)) for after in (2, 10, 1439)]

    yesterday, today = NOW.date(), MIDNIGHT.date()
    assert asked[0] == {yesterday: 1}
    assert asked[1:] == [{yesterday: 2, today: 1}] * 3
