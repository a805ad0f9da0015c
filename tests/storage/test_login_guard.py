"""The guard that counts attempts: AU-03 to AU-05 of the threats."""

from datetime import datetime, timedelta

import pytest

from authwell.storage.credentials import Attempt, LoginGuard
from authwell.storage.database import Database
from tests.storage.worlds import ACCOUNT, NOW, TENANT

DURATION = timedelta(minutes=30)


@pytest.fixture
def guard(database: Database) -> LoginGuard:
    return LoginGuard(database)


def attempt(guard: LoginGuard, at: datetime = NOW, limit: int = 3) -> Attempt | None:
    return guard.count_attempt(TENANT, ACCOUNT.id, limit=limit, duration=DURATION, now=at)


def test_attempts_are_counted_up_to_the_lock(guard: LoginGuard) -> None:
    counted = [attempt(guard) for _ in range(5)]

    assert counted == [
        Attempt(1, None),
        Attempt(2, None),
        Attempt(3, NOW + DURATION),
        None,
        None,
    ]
    assert guard.locked_until(TENANT, ACCOUNT.id, NOW) == NOW + DURATION


def test_an_attempt_during_the_lock_does_not_prolong_it(guard: LoginGuard) -> None:
    for _ in range(3):
        attempt(guard)

    attempt(guard, NOW + timedelta(minutes=20))

    assert guard.locked_until(TENANT, ACCOUNT.id, NOW) == NOW + DURATION


def test_after_the_lock_counting_begins_anew(guard: LoginGuard) -> None:
    for _ in range(3):
        attempt(guard)

    after = attempt(guard, NOW + DURATION)

    assert after == Attempt(1, None)
    assert guard.locked_until(TENANT, ACCOUNT.id, NOW + DURATION) is None


def test_old_failures_are_forgotten(guard: LoginGuard) -> None:
    attempt(guard)
    attempt(guard)

    assert attempt(guard, NOW + DURATION) == Attempt(1, None)


def test_success_clears_the_guard(guard: LoginGuard) -> None:
    for _ in range(3):
        attempt(guard)

    guard.clear(TENANT, ACCOUNT.id)

    assert guard.locked_until(TENANT, ACCOUNT.id, NOW) is None
    assert attempt(guard) == Attempt(1, None)


def test_a_limit_of_one_locks_at_the_first_attempt(guard: LoginGuard) -> None:
    assert attempt(guard, limit=1) == Attempt(1, NOW + DURATION)
    assert attempt(guard, limit=1) is None
