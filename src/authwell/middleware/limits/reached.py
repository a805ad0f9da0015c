"""The answer to one request too many."""

from math import ceil
from typing import Any

from werkzeug.exceptions import TooManyRequests

from authwell.config.settings import RateLimit


class LimitReached(TooManyRequests):
    """429 with `Retry-After`, and which limit it was (draft-ietf-httpapi-ratelimit-headers)."""

    def __init__(self, wait: float, name: str, limit: RateLimit) -> None:
        """Say when to come back.

        Args:
            wait: seconds until then.
            name: of the limit; fixed, never what a stranger sent.
            limit: the one that was reached.
        """
        seconds = max(1, ceil(wait))
        text = f"Too many requests. Try again in {seconds} seconds."
        super().__init__(text, retry_after=seconds)
        window = int(limit.period.total_seconds())
        self._told = [
            ("RateLimit-Policy", f'"{name}";q={limit.amount};w={window}'),
            ("RateLimit", f'"{name}";r=0;t={seconds}'),
        ]

    def get_headers(self, *args: Any, **kwargs: Any) -> list[tuple[str, str]]:
        """Those of the base, and which limit it was."""
        return [*super().get_headers(*args, **kwargs), *self._told]
