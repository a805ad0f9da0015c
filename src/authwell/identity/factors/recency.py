"""Whether somebody was here just now: before what they prove themselves with is changed (MF-05)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from authwell.protocol import authentication_context as context
from authwell.storage.login.factors import Enrolled

RECENT: Final = context.RECENT


def is_recent(auth_time: datetime, amr: Iterable[str], enrolled: Enrolled, now: datetime) -> bool:
    """Whether all that a session rests on was shown in the last minutes.

    Who has a second factor has shown it too, so that a stolen password adds and removes none.
    """
    return now - auth_time <= RECENT and (not enrolled.any or context.has_two_factors(amr))
