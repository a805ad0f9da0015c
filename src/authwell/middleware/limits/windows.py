"""Fixed windows, for pages and JSON APIs: flask-limiter, asked where we count."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Literal

from flask import Flask
from flask_limiter import Limiter, RateLimitExceeded
from redis import RedisError

from authwell.config.settings import RateLimit, Settings
from authwell.middleware.limits.buckets import TokenBuckets
from authwell.middleware.limits.counted import caller, peer
from authwell.middleware.limits.reached import LimitReached

Window = Literal["page", "api"]


class Windows:
    """The windows of one application; they are as strict as its buckets."""

    def __init__(self, settings: Settings, buckets: TokenBuckets) -> None:
        """Make both windows; Redis is not asked yet."""
        self._buckets = buckets
        self._limiter = _flask_limiter(settings.redis_url)
        self._counts = {
            "page": self._count("page", settings.rate_limit_per_ip, peer),
            "api": self._count("api", settings.rate_limiting_default, caller),
        }

    def charge(self, name: Window) -> None:
        """Count the request that is served.

        Raises:
            LimitReached: it is one too many.
        """
        try:
            self._counts[name]()
        except RateLimitExceeded as error:
            reached = error.limit.limit
            period = timedelta(seconds=reached.get_expiry())
            limit = RateLimit(reached.amount, period)
            raise LimitReached(period.total_seconds(), name, limit) from error

    def forget_all(self) -> None:
        """Begin anew, in Redis too if it answers."""
        with suppress(RedisError):
            self._limiter.reset()

    def _count(self, name: Window, limit: RateLimit, key: Callable[[], str]) -> Callable[[], None]:
        def count() -> None:
            """Let the decorator count."""

        # By this name the limiter tells one window from the other.
        count.__qualname__ = f"Windows.{name}"
        return self._limiter.limit(lambda: str(self._present(limit)), key_func=key)(count)

    def _present(self, limit: RateLimit) -> RateLimit:
        """Return the limit, or less of it while each process counts for itself."""
        return RateLimit(max(1, limit.amount // self._buckets.sharers), limit.period)


def _flask_limiter(redis_url: str | None) -> Limiter:
    """Make flask-limiter count where it is asked to.

    Its hooks cost each request more than a token does, so they belong to an application that
    serves nothing; only the decorators are used.
    """
    timeouts: dict[str, str | int] = {"socket_timeout": 1, "socket_connect_timeout": 1}
    limiter = Limiter(
        key_func=peer,
        storage_uri=redis_url or "memory://",
        storage_options=timeouts if redis_url else {},
        strategy="fixed-window",
        in_memory_fallback_enabled=True,
        key_prefix="aw:",
    )
    limiter.init_app(Flask("authwell.limits"))
    return limiter
