"""Token buckets: what one process gives out, and what all of them together do."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from authwell.config.settings import RateLimit
from authwell.middleware.limits.buckets import RETRY_REDIS_SECONDS, LedgerAway, TokenBuckets

TEN_A_MINUTE = RateLimit(10, timedelta(minutes=1))


@dataclass
class Clock:
    """Seconds that the test sets."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Sums:
    """A ledger in memory, which the test may take away."""

    sums: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    is_away: bool = False

    def add(self, key: str, amount: int, _seconds: int) -> int:
        self.calls += 1
        if self.is_away:
            raise LedgerAway
        self.sums[key] = self.sums.get(key, 0) + amount
        return self.sums[key]


def buckets(clock: Clock, ledger: Sums | None = None, workers: int = 1) -> TokenBuckets:
    return TokenBuckets(ledger, workers=workers, clock=clock, wall=clock)


def taken(limiter: TokenBuckets, times: int, key: str = "web") -> int:
    return sum(limiter.take("client", key, TEN_A_MINUTE) == 0 for _ in range(times))


@pytest.mark.req("K23", "M4")
def test_a_key_gets_its_amount_and_no_more() -> None:
    limiter = buckets(Clock())

    assert taken(limiter, 15) == 10


def test_keys_do_not_share() -> None:
    limiter = buckets(Clock())
    taken(limiter, 15)

    assert taken(limiter, 15, key="other") == 10


def test_tokens_come_back_with_time() -> None:
    clock = Clock()
    limiter = buckets(clock)
    taken(limiter, 15)

    clock.now += 12

    assert taken(limiter, 15) == 2


def test_the_wait_is_told_and_is_enough() -> None:
    clock = Clock()
    limiter = buckets(clock)
    taken(limiter, 10)

    wait = limiter.take("client", "web", TEN_A_MINUTE)
    clock.now += wait

    assert 0 < wait <= 6
    assert taken(limiter, 1) == 1


def test_asking_takes_nothing() -> None:
    limiter = buckets(Clock())

    waits = [limiter.wait("client", "web", TEN_A_MINUTE) for _ in range(50)]

    assert set(waits) == {0.0}
    assert taken(limiter, 15) == 10


def test_redis_is_asked_at_most_once_a_second_for_a_key() -> None:
    clock, ledger = Clock(), Sums()
    limiter = buckets(clock, ledger)

    for _ in range(40):
        clock.now += 0.1
        limiter.take("client", "web", RateLimit(1000, timedelta(minutes=1)))

    assert 0 < ledger.calls <= 4


@pytest.mark.req("K23")
def test_processes_keep_a_limit_together() -> None:
    clock, ledger = Clock(), Sums()
    processes = [buckets(clock, ledger) for _ in range(3)]
    for process in processes:
        taken(process, 5)
    clock.now += 1.1
    for process in processes:
        taken(process, 1)

    clock.now += 1.1
    given = sum(taken(process, 1) for process in processes)
    late = sum(taken(process, 1) for process in processes)

    assert given + late <= 1


@pytest.mark.req("HT-10", "K9")
def test_without_redis_a_process_is_stricter_and_says_so() -> None:
    clock, ledger = Clock(), Sums(is_away=True)
    told: list[float] = []
    limiter = buckets(clock, ledger)
    limiter.when_away = told.append
    taken(limiter, 1)
    clock.now += 1.1

    taken(limiter, 1)

    assert limiter.is_away
    assert told == [1]
    assert taken(limiter, 20) <= 5


@pytest.mark.req("HT-10")
def test_redis_is_asked_again_and_found() -> None:
    clock, ledger = Clock(), Sums()
    limiter = buckets(clock, ledger)
    limiter.mark_away()
    clock.now += RETRY_REDIS_SECONDS / 2
    taken(limiter, 1)
    clock.now += RETRY_REDIS_SECONDS

    taken(limiter, 2)

    assert not limiter.is_away
    clock.now += 60
    assert taken(limiter, 20) == 10


def test_workers_share_a_limit_where_there_is_no_redis() -> None:
    limiter = buckets(Clock(), workers=5)

    assert taken(limiter, 15) == 2


@pytest.mark.req("HT-10")
def test_strangers_cannot_fill_the_memory() -> None:
    limiter = buckets(Clock())

    for number in range(50_000):
        limiter.take("address", str(number), TEN_A_MINUTE)

    assert len(limiter._buckets) <= 20_000


def test_what_is_forgotten_begins_anew() -> None:
    limiter = buckets(Clock())
    taken(limiter, 15)

    limiter.forget_all()

    assert taken(limiter, 15) == 10
