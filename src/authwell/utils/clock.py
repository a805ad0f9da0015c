"""The clock: aware UTC times, handed to the engine as a value (DESIGN.md section 4)."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""What gives the present time; tests pass one that they set."""


def utc_now() -> datetime:
    """Return the present time, aware and in UTC."""
    return datetime.now(UTC)
