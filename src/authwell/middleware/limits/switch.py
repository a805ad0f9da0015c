"""Switching the request limits of this process on and off, for tests (REQUIREMENTS.md M7).

Settings say whether there are limits; nothing but a test's own call says otherwise.
"""

from collections.abc import Callable
from typing import Any
from weakref import WeakSet


class _Switch:
    """What tests have said, and the limits that begin anew when they say so."""

    def __init__(self) -> None:
        self.is_on: bool | None = None
        self.resettable: WeakSet[Any] = WeakSet()


_switch = _Switch()


def enable_test_rate_limits() -> None:
    """Let limits count from now on, from nothing."""
    reset_rate_limit_wrappers()
    _switch.is_on = True


def disable_test_rate_limits() -> None:
    """Let no limit count from now on."""
    _switch.is_on = False


def follow_settings() -> None:
    """Forget what tests have said."""
    _switch.is_on = None


def reset_rate_limit_wrappers() -> None:
    """Forget what all limits of this process have counted."""
    for limits in list(_switch.resettable):
        reset: Callable[[], None] = limits.reset
        reset()


def is_on(by_settings: bool) -> bool:
    """Whether limits count.

    Args:
        by_settings: RATE_LIMITING_ENABLED.
    """
    return by_settings if _switch.is_on is None else _switch.is_on


def register(limits: Any) -> None:
    """Let `reset_rate_limit_wrappers` reset these by their `reset`."""
    _switch.resettable.add(limits)
