"""The guard's counters: AU-03 to AU-05 of the threats."""

from datetime import datetime, timedelta

import pytest

from authwell.storage.database import Database
from authwell.storage.login.guards import FOREVER, AttemptGuards, Count, Refusal, Subject, unlock
from tests.storage.worlds import ACCOUNT, NOW, OTHER_TENANT, TENANT

DURATION = timedelta(minutes=30)
ADDRESS = Subject("address/192.0.2.1", None, 7, DURATION)


@pytest.fixture
def guards(database: Database) -> AttemptGuards:
    return AttemptGuards(database)


def subject(limit: int = 3, most: int = 50) -> Subject:
    return Subject(f"password/{ACCOUNT.id}", ACCOUNT.id, limit, DURATION, most)


def attempt(guards: AttemptGuards, at: datetime = NOW, limit: int = 3) -> Count | None:
    return guards.count(TENANT, subject(limit), at)


def both(guards: AttemptGuards, limit: int = 3) -> Count | Refusal:
    return guards.count_both(TENANT, ADDRESS, subject(limit), NOW)


def test_attempts_are_counted_up_to_the_lock(guards: AttemptGuards) -> None:
    counted = [attempt(guards) for _ in range(5)]

    assert counted == [Count(1, None), Count(2, None), Count(3, NOW + DURATION), None, None]
    assert guards.locked_until(TENANT, subject(), NOW) == NOW + DURATION
    assert guards.locked_until(OTHER_TENANT, subject(), NOW) is None


def test_an_attempt_during_the_lock_does_not_prolong_it(guards: AttemptGuards) -> None:
    for _ in range(3):
        attempt(guards)

    attempt(guards, NOW + timedelta(minutes=20))

    assert guards.locked_until(TENANT, subject(), NOW) == NOW + DURATION


def test_after_the_lock_counting_begins_anew(guards: AttemptGuards) -> None:
    for _ in range(3):
        attempt(guards)

    after = attempt(guards, NOW + DURATION)

    assert after == Count(1, None)
    assert guards.locked_until(TENANT, subject(), NOW + DURATION) is None


@pytest.mark.req("AU-08")
def test_each_lock_takes_twice_as_long_as_the_one_before_up_to_a_day(
    guards: AttemptGuards,
) -> None:
    now, lasted = NOW, []
    for _ in range(9):
        counted = attempt(guards, now, limit=1)
        assert counted is not None
        assert counted.locked_until is not None
        lasted.append(counted.locked_until - now)
        now = counted.locked_until

    assert lasted == [DURATION * 2**times for times in range(6)] + [timedelta(hours=24)] * 3


@pytest.mark.req("AU-03")
def test_after_so_many_in_a_row_the_lock_does_not_end(guards: AttemptGuards) -> None:
    once_a_day = subject(limit=1000, most=50)
    counted = [
        guards.count(TENANT, once_a_day, NOW + timedelta(days=number)) for number in range(50)
    ]

    assert counted[48] == Count(1, None)
    assert counted[49] == Count(1, FOREVER)
    assert guards.count(TENANT, once_a_day, NOW + timedelta(days=10_000)) is None


def test_old_failures_are_forgotten(guards: AttemptGuards) -> None:
    attempt(guards)
    attempt(guards)

    assert attempt(guards, NOW + DURATION) == Count(1, None)


def test_a_limit_of_one_locks_at_the_first_attempt(guards: AttemptGuards) -> None:
    assert attempt(guards, limit=1) == Count(1, NOW + DURATION)
    assert attempt(guards, limit=1) is None


def test_address_and_account_are_counted_together(guards: AttemptGuards) -> None:
    counted = [both(guards) for _ in range(8)]

    assert counted == [
        Count(1, None),
        Count(2, None),
        Count(3, NOW + DURATION),
        Refusal.ACCOUNT,
        Refusal.ACCOUNT,
        Refusal.ACCOUNT,
        Refusal.ACCOUNT,
        Refusal.ADDRESS,
    ]


def test_a_locked_address_does_not_reach_the_account(guards: AttemptGuards) -> None:
    alone = [guards.count_both(TENANT, ADDRESS, None, NOW) for _ in range(7)]

    assert alone[5:] == [Count(6, None), Count(7, NOW + DURATION, NOW + DURATION)]
    assert both(guards) is Refusal.ADDRESS
    assert attempt(guards) == Count(1, None)


def test_success_forgets_the_account_and_takes_one_back_from_the_address(
    guards: AttemptGuards,
) -> None:
    for _ in range(3):
        both(guards)

    guards.succeed(TENANT, ADDRESS, subject(), NOW)

    assert guards.locked_until(TENANT, subject(), NOW) is None
    assert attempt(guards) == Count(1, None)
    left = [guards.count_both(TENANT, ADDRESS, None, NOW) for _ in range(6)]
    assert left[4:] == [Count(7, NOW + DURATION, NOW + DURATION), Refusal.ADDRESS]


def test_success_of_the_last_attempt_leaves_the_address_open(guards: AttemptGuards) -> None:
    for _ in range(7):
        guards.count_both(TENANT, ADDRESS, None, NOW)

    guards.succeed(TENANT, ADDRESS, None, NOW)

    assert guards.locked_until(TENANT, ADDRESS, NOW) is None
    assert isinstance(guards.count_both(TENANT, ADDRESS, None, NOW), Count)


def test_unlocking_forgets_all_of_an_account_and_says_whether_it_was_locked(
    database: Database, guards: AttemptGuards
) -> None:
    codes = Subject(f"second_factor/{ACCOUNT.id}", ACCOUNT.id, 3, DURATION, 50)
    for _ in range(3):
        both(guards)
        guards.count(TENANT, codes, NOW)

    with database.transaction() as transaction:
        was_locked = unlock(transaction, TENANT, ACCOUNT.id, NOW)
        again = unlock(transaction, TENANT, ACCOUNT.id, NOW)

    assert (was_locked, again) == (True, False)
    assert attempt(guards) == Count(1, None)
    assert guards.count(TENANT, codes, NOW) == Count(1, None)
