"""Where the processes of all machines add up what they gave out: Redis."""

from typing import Final

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from authwell.middleware.limits.buckets import LedgerAway

_TIMEOUT_SECONDS: Final = 0.25


class RedisLedger:
    """Sums in Redis, one round trip each."""

    def __init__(self, url: str) -> None:
        """Connect when it is first used."""
        self._redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 1),
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
        )

    def add(self, key: str, amount: int, seconds: int) -> int:
        """Add to a counter that ends by itself.

        Raises:
            LedgerAway: Redis does not answer.
        """
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.incrby(key, amount)
        pipeline.expire(key, seconds)
        try:
            return int(pipeline.execute()[0])
        except RedisError as error:
            raise LedgerAway from error

    def answers(self) -> bool:
        """Whether Redis answers now."""
        try:
            self._redis.ping()
        except RedisError:
            return False
        return True
