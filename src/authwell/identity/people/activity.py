"""Places in the list of an account's events, as text that a person carries to the next page."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from authwell.protocol.model import Event

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLACE: Final = re.compile(r"([0-9]{1,17})-([0-9a-f-]{36})", re.ASCII)


def place_of(mark: str) -> tuple[datetime, str] | None:
    """The moment and the id that a page begins after; None if it is no mark of ours."""
    found = _PLACE.fullmatch(mark)
    if found is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(found[1])), found[2]
    except OverflowError:
        return None


def mark_after(event: Event) -> str:
    """What asks for the page after an event."""
    return f"{(event.at - _EPOCH) // timedelta(microseconds=1)}-{event.id}"
