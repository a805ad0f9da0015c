"""What leaves the house: each kind has places of its own."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from authwell.identity.mail.letters import MAIL
from authwell.ops.deliveries import Deliveries, Kind
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.login.endings import BACK_CHANNEL
from authwell.storage.work.outbox import Entry, Outbox, add_entry
from tests.conftest import NewDatabase
from tests.ops.test_schedules import eventually
from tests.protocol.conftest import NOW, WEB, make_world
from tests.storage.worlds import TENANT, is_waiting

SLOW = 40


class Slow:
    """Receivers that answer when the test lets them."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()
        self.begun = 0

    def deliver(self, server: AuthorizationServer, entry: Entry) -> str:
        self.begun += 1
        self.may_answer.wait(60)
        return "delivered"


class Quick:
    """Receivers that take everything at once."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.taken: list[str] = []

    def deliver(self, server: AuthorizationServer, entry: Entry) -> str:
        self._outbox.finish(entry, server.now)
        self.taken.append(entry.id)
        return "delivered"


class Unreadable(Outbox):
    """Entries that every claim fails at."""

    def claim(self, kind: str, now: datetime, limit: int = 10) -> tuple[Entry, ...]:
        raise RuntimeError("unreadable")


def count(outcome: str) -> None:
    """Tell nobody."""


@pytest.fixture
def database(new_database: NewDatabase) -> Iterator[Database]:
    opened = Database(new_database("sqlite"))
    yield opened
    opened.close()


def put(database: Database, kind: str, number: int) -> None:
    with database.transaction() as transaction:
        for _ in range(number):
            add_entry(transaction, Entry(TENANT, kind, {}, NOW - timedelta(minutes=1)))


@pytest.fixture
def begin(database: Database) -> Iterator[Callable[..., Deliveries]]:
    started: list[Deliveries] = []

    def start(*kinds: Kind) -> Deliveries:
        server = make_world(WEB).server
        deliveries = Deliveries(
            Outbox(database), kinds, lambda _: server, lambda: server.now, threading.Event()
        )
        started.append(deliveries)
        deliveries.start()
        return deliveries

    yield start
    for deliveries in started:
        deliveries.stop()


@pytest.mark.req("WH-06")
def test_slow_receivers_of_one_kind_do_not_delay_another(
    database: Database, begin: Callable[..., Deliveries]
) -> None:
    slow, quick = Slow(), Quick(Outbox(database))
    put(database, BACK_CHANNEL, SLOW)
    put(database, MAIL, 10)

    begin(Kind(BACK_CHANNEL, 8, slow.deliver, count), Kind(MAIL, 4, quick.deliver, count))
    try:
        mails_went = eventually(lambda: len(quick.taken) == 10)
    finally:
        slow.may_answer.set()

    assert mails_went
    assert slow.begun >= 8


@pytest.mark.req("WH-06")
def test_a_queue_that_cannot_be_read_does_not_hold_up_the_others(
    database: Database, begin: Callable[..., Deliveries]
) -> None:
    quick = Quick(Outbox(database))
    put(database, BACK_CHANNEL, 1)
    put(database, MAIL, 1)

    begin(
        Kind(BACK_CHANNEL, 1, quick.deliver, count, waiting=Unreadable(database)),
        Kind(MAIL, 1, quick.deliver, count),
    )

    assert eventually(lambda: len(quick.taken) == 1)


@pytest.mark.req("WH-06")
def test_what_cannot_be_delivered_blocks_nobody(database: Database) -> None:
    quick = Quick(Outbox(database))
    put(database, BACK_CHANNEL, 3)
    poisonous = {entry.id for entry in Outbox(database).claim(BACK_CHANNEL, NOW, limit=2)}
    outbox = Outbox(database)

    def deliver(server: AuthorizationServer, entry: Entry) -> str:
        if entry.id in poisonous:
            raise RuntimeError("poison")
        return quick.deliver(server, entry)

    server = replace(make_world(WEB).server, now=NOW + timedelta(minutes=3))
    kind = Kind(BACK_CHANNEL, 1, deliver, count)
    deliveries = Deliveries(outbox, [kind], lambda _: server, lambda: server.now, threading.Event())
    deliveries.start()

    try:
        assert eventually(lambda: len(quick.taken) == 1)
        assert eventually(lambda: not is_waiting(outbox, BACK_CHANNEL, server.now))
    finally:
        deliveries.stop()
    assert is_waiting(outbox, BACK_CHANNEL, server.now + timedelta(minutes=1))


def test_one_kind_can_be_sent_by_itself(database: Database) -> None:
    quick = Quick(Outbox(database))
    put(database, BACK_CHANNEL, 3)
    put(database, MAIL, 2)
    server = make_world(WEB).server
    kinds = [Kind(name, 1, quick.deliver, count) for name in (BACK_CHANNEL, MAIL)]
    deliveries = Deliveries(
        Outbox(database), kinds, lambda _: server, lambda: server.now, threading.Event()
    )

    assert deliveries.run_due(MAIL) == {"delivered": 2}
    assert deliveries.run_due() == {"delivered": 3}
