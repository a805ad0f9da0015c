"""The clean-up: what goes, what stays, in batches, and by one process."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Table, func, select, text

from authwell.models.guards import attempt_guards
from authwell.models.handles import handles
from authwell.models.sessions import sessions
from authwell.models.tokens import access_tokens, denied_jtis, refresh_tokens
from authwell.models.work import jobs
from authwell.protocol.records import Interaction, NewAccessToken
from authwell.storage.cleanup import ABANDONED_AFTER, LEASE, CleanUp
from authwell.storage.database import Database
from authwell.storage.login.guards import AttemptGuards, Subject
from authwell.storage.login.sessions import Sessions
from authwell.storage.statements import Statement
from authwell.storage.store import SqlStore
from authwell.storage.work.jobs import Job, Jobs
from authwell.storage.work.leases import Leases
from authwell.utils.randomness import digest
from tests.storage.worlds import (
    ACCOUNT,
    CLIENT,
    LATER,
    NOW,
    TENANT,
    a_redemption,
    a_rotation,
    an_event,
    issue,
    started,
)

DAY = timedelta(days=1)


def rows(database: Database, table: Table) -> int:
    row = database.one(Statement(select(func.count().label("number")).select_from(table)), {})
    assert row is not None
    return int(row.number)


def clean(database: Database, now: datetime) -> dict[str, int]:
    return {name: number for name, number in CleanUp(database).run(now).items() if number}


@pytest.mark.req("CD-01")
def test_a_spent_code_stays_until_its_grant_ends(database: Database) -> None:
    store = SqlStore(database)
    issued = issue(store)
    store.codes.redeem(a_redemption(issued))

    CleanUp(database).run(NOW + 6 * DAY)
    during = store.codes.find(TENANT, issued.code.digest, LATER)
    CleanUp(database).run(NOW + 8 * DAY)

    assert during is not None
    assert rows(database, handles) == 0
    assert rows(database, refresh_tokens) == 0


def test_a_code_that_nobody_used_goes_with_its_grant(database: Database) -> None:
    issued = issue(SqlStore(database))

    early = clean(database, NOW + timedelta(minutes=30))
    late = clean(database, NOW + timedelta(hours=2))

    assert early == {}
    assert late == {"abandoned grants": 1}
    assert SqlStore(database).codes.find(TENANT, issued.code.digest, LATER) is None


@pytest.mark.req("RT-01")
def test_a_used_refresh_token_stays_until_its_family_ends(database: Database) -> None:
    store = SqlStore(database)
    _, token = started(store)
    store.refresh_tokens.rotate(a_rotation(token))

    CleanUp(database).run(NOW + 6 * DAY)
    during = rows(database, refresh_tokens)
    CleanUp(database).run(NOW + 8 * DAY)

    assert during == 2
    assert rows(database, refresh_tokens) == 0


def test_a_sealed_successor_is_forgotten_after_a_minute(database: Database) -> None:
    store = SqlStore(database)
    _, token = started(store)
    store.refresh_tokens.rotate(a_rotation(token))

    early = clean(database, LATER + timedelta(seconds=59))
    late = clean(database, LATER + timedelta(seconds=60))

    found = store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert (early, late) == ({}, {"retries": 1})
    assert found is not None
    assert (found.successor_sealed, found.successor_unused) == (None, False)
    assert found.used_at == LATER


@pytest.mark.req("B17", "1.15")
def test_what_has_expired_goes(database: Database) -> None:
    store = SqlStore(database)
    end = NOW + timedelta(hours=1)
    store.interactions.put(Interaction(digest("ia"), TENANT, CLIENT, digest("browser"), NOW, end))
    store.access_tokens.deny(TENANT, "jti", end, an_event())
    store.access_tokens.issue(
        TENANT,
        NewAccessToken(digest("at"), CLIENT, None, frozenset(), ("https://a",), NOW, end),
    )

    before = clean(database, end - timedelta(seconds=1))
    after = clean(database, end)
    later = clean(database, end + ABANDONED_AFTER)

    assert before == {}
    assert after == {"access tokens": 1, "denied tokens": 1}
    assert later == {"handles": 1}
    assert [rows(database, table) for table in (handles, access_tokens, denied_jtis)] == [0, 0, 0]


def test_a_session_that_was_not_seen_ends_and_an_expired_one_goes(database: Database) -> None:
    stored = Sessions(database)
    patience = timedelta(days=10)

    idle = CleanUp(database, idle=patience).run(NOW + 11 * DAY)
    expired = CleanUp(database, idle=patience).run(NOW + 31 * DAY)

    assert idle["ended sessions"] == 1
    assert expired["sessions"] == 1
    assert rows(database, sessions) == 0
    assert stored.list(TENANT, ACCOUNT.id, idle_since=NOW - DAY, now=LATER) == ()


def test_done_jobs_go_after_a_week_and_others_stay(database: Database) -> None:
    queue = Jobs(database)
    queue.add(Job("done", {}, NOW))
    queue.add(Job("open", {}, NOW + timedelta(seconds=1)))
    (claimed,) = queue.claim(NOW)
    queue.finish(claimed, NOW)

    early = clean(database, NOW + 6 * DAY)
    late = clean(database, NOW + 7 * DAY)

    assert "jobs" not in early
    assert late["jobs"] == 1
    assert rows(database, jobs) == 1


@pytest.mark.req("1.15")
def test_it_works_in_batches(database: Database) -> None:
    store = SqlStore(database)
    for number in range(25):
        store.access_tokens.deny(TENANT, str(number), NOW, an_event())

    done = CleanUp(database, batch=10).run(NOW)

    assert done["denied tokens"] == 25


def test_one_process_does_it(database: Database) -> None:
    cleanup = CleanUp(database)
    leases = Leases(database)
    leases.take(LEASE, "other", timedelta(minutes=1), NOW)

    refused = cleanup.run_alone("this", NOW)
    leases.give_back(LEASE, "other")
    first, second = cleanup.run_alone("this", NOW), cleanup.run_alone("other", NOW)

    assert refused is None
    assert first is not None
    assert second is not None


def test_partitions_are_made_two_months_ahead(database: Database) -> None:
    december = datetime(2031, 12, 31, 23, 59, tzinfo=NOW.tzinfo)

    CleanUp(database).run(december)
    CleanUp(database).run(december)

    if database.is_sqlite:
        return
    found = database.all(
        Statement(
            text(
                "SELECT relname FROM pg_class WHERE relname LIKE 'audit_events_203%%'"
                " AND relkind = 'r' ORDER BY relname"
            ).columns(relname=sessions.c.id.type)
        ),
        {},
    )
    assert [row.relname for row in found] == [
        "audit_events_2031_12",
        "audit_events_2032_01",
        "audit_events_2032_02",
    ]


def test_a_month_that_has_rows_already_stays_in_the_default_partition(database: Database) -> None:
    june = datetime(2033, 6, 15, tzinfo=NOW.tzinfo)
    SqlStore(database).access_tokens.deny(
        TENANT, "jti", june + DAY, replace(an_event("early"), at=june)
    )

    done = CleanUp(database).run(june)

    assert done["denied tokens"] == 0


def test_attempts_of_addresses_are_forgotten_and_those_of_accounts_stay(database: Database) -> None:
    guards = AttemptGuards(database)
    minutes = timedelta(minutes=30)
    guards.count(TENANT, Subject("address/192.0.2.1", None, 5, minutes), NOW)
    guards.count(TENANT, Subject(f"password/{ACCOUNT.id}", ACCOUNT.id, 5, minutes), NOW)

    assert clean(database, NOW + 6 * DAY) == {}
    assert clean(database, NOW + 7 * DAY) == {"attempts of addresses": 1}
    assert rows(database, attempt_guards) == 1
