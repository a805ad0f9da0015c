"""Token buckets in this process, settled in Redis about once a second (PERFORMANCE.md section 3).

A request takes a token from a dictionary; no network is asked. Processes that share a key
report what they gave out and learn the sum, so that all of them together keep the limit,
with a delay of a second. Without Redis each process keeps a stricter limit by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic, time
from typing import Final, Protocol

from authwell.config.settings import RateLimit
from authwell.utils.logs import get_logger

SETTLE_SECONDS: Final = 1.0
RETRY_REDIS_SECONDS: Final = 5.0
_MOST_KEYS: Final = 20_000

log = get_logger("limits")


class Ledger(Protocol):
    """Where processes add up what they gave out."""

    def add(self, key: str, amount: int, seconds: int) -> int:
        """Add to a counter that ends after some seconds, and return its sum.

        Raises:
            LedgerAway: it does not answer.
        """


class LedgerAway(Exception):
    """Redis does not answer."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float
    given: int
    settled_at: float
    closed_until: float


class TokenBuckets:
    """Limits by key; safe among threads.

    Args:
        ledger: None if no Redis is configured.
        workers: how many processes share the limits when there is no ledger to share.
        clock: seconds that only grow; `wall` is the time that all processes share.

    Attributes:
        is_away: whether Redis did not answer when it was asked last.
        sharers: how many counts share each limit; one where Redis adds up.
    """

    def __init__(
        self,
        ledger: Ledger | None,
        *,
        workers: int = 1,
        clock: Callable[[], float] = monotonic,
        wall: Callable[[], float] = time,
    ) -> None:
        self._ledger = ledger
        self._workers = workers
        self._clock = clock
        self._wall = wall
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = Lock()
        self._away_until = 0.0
        self.is_away = False
        self.sharers = workers if ledger is None else 1
        self.when_away: Callable[[float], None] = _ignore

    def take(self, kind: str, key: str, limit: RateLimit) -> float:
        """Take a token; return 0, or the seconds after which there will be one."""
        now = self._clock()
        with self._lock:
            bucket = self._filled(kind, key, limit, now)
            wait = self._wait(bucket, limit, now)
            if wait == 0:
                bucket.tokens -= 1
                bucket.given += 1
            is_due = now - bucket.settled_at >= SETTLE_SECONDS
            given, bucket.given = (bucket.given, 0) if is_due else (0, bucket.given)
            if is_due:
                bucket.settled_at = now
        if given and self._ledger is not None and now >= self._away_until:
            self._settle(kind, key, limit, bucket, given, now)
        return wait

    def wait(self, kind: str, key: str, limit: RateLimit) -> float:
        """Return how long `take` would make the caller wait, taking nothing."""
        now = self._clock()
        with self._lock:
            return self._wait(self._filled(kind, key, limit, now), limit, now)

    def forget_all(self) -> None:
        """Begin anew with every key."""
        with self._lock:
            self._buckets.clear()

    def mark_away(self) -> None:
        """Note that Redis does not answer; it is asked again after some seconds."""
        self._away_until = self._clock() + RETRY_REDIS_SECONDS
        if not self.is_away:
            self.is_away = True
            self.sharers = max(self._workers, 2)
            self.when_away(1)
            log.error("limits.redis_away", effect="each process keeps a stricter limit by itself")

    def _capacity(self, limit: RateLimit) -> float:
        return max(1.0, limit.amount / self.sharers)

    def _filled(self, kind: str, key: str, limit: RateLimit, now: float) -> _Bucket:
        capacity = self._capacity(limit)
        bucket = self._buckets.get((kind, key))
        if bucket is None:
            if len(self._buckets) >= _MOST_KEYS:
                self._make_room(now)
            bucket = self._buckets[kind, key] = _Bucket(capacity, now, 0, now, 0.0)
            return bucket
        refill = (now - bucket.filled_at) * capacity / limit.period.total_seconds()
        bucket.tokens = min(capacity, bucket.tokens + refill)
        bucket.filled_at = now
        return bucket

    def _wait(self, bucket: _Bucket, limit: RateLimit, now: float) -> float:
        if now < bucket.closed_until:
            return bucket.closed_until - now
        if bucket.tokens >= 1:
            return 0.0
        a_second = self._capacity(limit) / limit.period.total_seconds()
        return (1 - bucket.tokens) / a_second

    def _make_room(self, now: float) -> None:
        """Forget the quarter of the keys that was asked for longest ago."""
        by_age = sorted(self._buckets, key=lambda name: self._buckets[name].filled_at)
        for name in by_age[: _MOST_KEYS // 4]:
            if self._buckets[name].closed_until <= now:
                del self._buckets[name]

    def _settle(
        self, kind: str, key: str, limit: RateLimit, bucket: _Bucket, given: int, now: float
    ) -> None:
        period = int(limit.period.total_seconds())
        window, into = divmod(int(self._wall()), period)
        try:
            total = self._ledger.add(f"aw:limit:{kind}:{key}:{window}", given, 2 * period)  # type: ignore[union-attr]
        except LedgerAway:
            bucket.given += given
            self.mark_away()
            return
        if self.is_away:
            self.is_away = False
            self.sharers = 1
            self.when_away(0)
            log.warning("limits.redis_back")
        if total >= limit.amount:
            bucket.closed_until = now + period - into


def _ignore(_state: float) -> None:
    """Nobody wants to know."""
