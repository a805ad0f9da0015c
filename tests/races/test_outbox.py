"""Many workers on one outbox, and many who end one session: each client is told once."""

from collections import Counter
from datetime import timedelta

import pytest

from authwell.storage.database import Database
from authwell.storage.login.endings import BACK_CHANNEL
from authwell.storage.login.sessions import Sessions
from authwell.storage.work.outbox import Entry, Outbox, add_entry
from tests.races.runners import Race, processes, race
from tests.storage.test_endings import register, take_part
from tests.storage.worlds import CLIENT, LATER, NOW, SESSION, TENANT, an_event

__all__ = ["processes", "race"]

ENTRIES = 200


def send_all(database: Database, number: int) -> list[str]:
    """Claim until there is nothing left."""
    waiting = Outbox(database)
    sent = []
    while claimed := waiting.claim(BACK_CHANNEL, LATER, limit=3):
        for entry in claimed:
            sent.append(entry.id)
            assert waiting.finish(entry, LATER, an_event("sent"))
    return sent


@pytest.mark.req("oidcc-backchannel-rp-initiated-logout")
def test_no_entry_is_claimed_by_two_workers(race: Race) -> None:
    database = Database(race.url)
    with database.transaction() as transaction:
        for _ in range(ENTRIES):
            add_entry(transaction, Entry(TENANT, BACK_CHANNEL, {}, NOW))

    sent = Counter(entry for worker in race.run(send_all) for entry in worker)

    assert len(sent) == ENTRIES
    assert set(sent.values()) == {1}
    database.close()


def end(database: Database, number: int) -> bool:
    return Sessions(database).end(TENANT, SESSION, an_event("session.ended", LATER)) is not None


@pytest.mark.req("oidcc-backchannel-rp-initiated-logout")
def test_a_session_that_many_end_is_told_of_once(race: Race) -> None:
    database = Database(race.url)
    take_part(database, CLIENT)
    register(database, CLIENT)

    ended = race.run(end)

    waiting = Outbox(database).claim(BACK_CHANNEL, LATER + timedelta(minutes=1))
    assert ended.count(True) == 1
    assert len(waiting) == 1
    database.close()
