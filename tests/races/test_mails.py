"""Many at once: each mail is sent once, and no more than the limits allow."""

from collections import Counter

import pytest

from authwell.config.settings import load_settings
from authwell.identity.mail.letters import MAIL
from authwell.identity.mail.limits import MailLimits
from authwell.storage.database import Database
from authwell.storage.work.outbox import Entry, Outbox, add_entry
from tests.config.test_settings import DEVELOPMENT
from tests.races.runners import Race, processes, race
from tests.storage.worlds import LATER, NOW, TENANT, an_event

__all__ = ["processes", "race"]

MAILS = 100
ASKS = 5


def ask(database: Database, number: int) -> int:
    limits = MailLimits(database, load_settings(DEVELOPMENT))
    asks = (limits.allow(TENANT, "reset", "ada@example.com", None, NOW) for _ in range(ASKS))
    return sum(asks)


@pytest.mark.req("RC-07")
def test_many_who_ask_at_once_get_no_more_mails(race: Race) -> None:
    allowed = race.run(ask)

    # Who came first for one limit may come late for the next, so it can be fewer.
    assert 0 < sum(allowed) <= 3


def send_all(database: Database, number: int) -> list[str]:
    """Send until nothing is left; what was said is forgotten."""
    waiting = Outbox(database)
    sent = []
    while claimed := waiting.claim(MAIL, LATER, limit=2):
        for entry in claimed:
            sent.append(str(entry.payload["number"]))
            assert waiting.finish(entry, LATER, an_event("mail.delivered"), forget=True)
    return sent


@pytest.mark.req("D9")
def test_each_mail_is_sent_by_one(race: Race) -> None:
    database = Database(race.url)
    with database.transaction() as transaction:
        for number in range(MAILS):
            add_entry(transaction, Entry(TENANT, MAIL, {"number": number}, NOW))

    sent = Counter(number for worker in race.run(send_all) for number in worker)

    assert len(sent) == MAILS
    assert set(sent.values()) == {1}
    database.close()
