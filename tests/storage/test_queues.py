"""The outbox, the jobs and the leases, on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from authwell.storage.database import Database, Transaction
from authwell.storage.errors import Conflict
from authwell.storage.work.jobs import Job, Jobs
from authwell.storage.work.leases import Leases
from authwell.storage.work.outbox import Entry, Outbox, add_entry
from authwell.storage.work.queues import MAX_ATTEMPTS, delay_after
from tests.storage.worlds import LATER, NOW, TENANT

MINUTE = timedelta(minutes=1)
MAIL = Entry(TENANT, "mail", {"to": "alice@example.com"}, NOW)


def add(database: Database, *entries: Entry) -> Outbox:
    outbox = Outbox(database)
    with database.transaction() as transaction:
        for entry in entries:
            add_entry(transaction, entry)
    return outbox


def test_an_entry_is_claimed_by_one_worker(database: Database) -> None:
    outbox = add(database, MAIL)

    assert outbox.claim("mail", NOW) == (replace(MAIL, attempts=1),)
    assert outbox.claim("mail", NOW) == ()


def add_twice(transaction: Transaction) -> None:
    add_entry(transaction, MAIL)
    add_entry(transaction, MAIL)


def test_an_entry_of_a_failed_transaction_does_not_exist(database: Database) -> None:
    outbox = add(database)

    with pytest.raises(Conflict), database.transaction() as transaction:
        add_twice(transaction)

    assert outbox.claim("mail", NOW) == ()


def test_a_sent_entry_is_done(database: Database) -> None:
    outbox = add(database, MAIL)
    (claimed,) = outbox.claim("mail", NOW)

    assert outbox.finish(claimed, LATER)

    assert outbox.claim("mail", NOW + timedelta(days=1)) == ()


def test_an_entry_whose_worker_died_is_claimed_again(database: Database) -> None:
    outbox = add(database, MAIL)
    (first,) = outbox.claim("mail", NOW)

    (second,) = outbox.claim("mail", NOW + 3 * MINUTE)

    assert second.attempts == 2
    assert not outbox.finish(first, NOW + 3 * MINUTE)
    assert outbox.finish(second, NOW + 3 * MINUTE)


def test_a_failed_entry_is_tried_later(database: Database) -> None:
    outbox = add(database, MAIL)
    (claimed,) = outbox.claim("mail", NOW)

    outbox.fail(claimed, "no route to host", NOW)

    delay = delay_after(1)
    assert outbox.claim("mail", NOW + delay - timedelta(seconds=1)) == ()
    assert len(outbox.claim("mail", NOW + delay * 1.25)) == 1


def test_after_the_last_attempt_an_entry_is_given_up(database: Database) -> None:
    outbox = add(database, MAIL)
    now: datetime = NOW

    for _ in range(MAX_ATTEMPTS):
        now += timedelta(hours=2)
        (claimed,) = outbox.claim("mail", now)
        outbox.fail(claimed, "no route to host", now)

    assert outbox.claim("mail", now + timedelta(days=1)) == ()


def test_the_oldest_entries_come_first(database: Database) -> None:
    entries = [Entry(TENANT, "mail", {"n": n}, NOW + timedelta(seconds=n)) for n in range(5)]
    outbox = add(database, *reversed(entries))

    first = outbox.claim("mail", NOW + MINUTE, limit=3)

    assert sorted(entry.payload["n"] for entry in first) == [0, 1, 2]


def test_delays_grow_to_an_hour() -> None:
    delays = [delay_after(attempts) for attempts in range(1, MAX_ATTEMPTS + 1)]

    assert delays[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert delays[-1] == timedelta(hours=1)


def test_a_job_runs_when_it_is_due(database: Database) -> None:
    queue = Jobs(database)
    job = Job("rotate", {"alg": "RS256"}, LATER)
    queue.add(job)

    assert queue.claim(NOW) == ()
    (claimed,) = queue.claim(LATER)

    assert claimed == replace(job, attempts=1)
    assert queue.finish(claimed, LATER)
    assert queue.claim(LATER + timedelta(days=1)) == ()


def test_a_lease_has_one_holder_until_it_expires(database: Database) -> None:
    leases = Leases(database)

    assert leases.take("chores", "one", MINUTE, NOW)
    assert not leases.take("chores", "two", MINUTE, NOW)
    assert leases.take("chores", "one", MINUTE, LATER)
    assert not leases.take("chores", "two", MINUTE, NOW + MINUTE)
    assert leases.take("chores", "two", MINUTE, LATER + MINUTE)
    assert leases.take("other", "one", MINUTE, NOW)


def test_a_lease_is_given_back_by_its_holder(database: Database) -> None:
    leases = Leases(database)
    leases.take("chores", "one", MINUTE, NOW)

    leases.give_back("chores", "two")
    assert not leases.take("chores", "two", MINUTE, NOW)
    leases.give_back("chores", "one")

    assert leases.take("chores", "two", MINUTE, NOW)
