"""The keys behind clients' `jwks_uri`s, fetched rarely and kept by each process (RFC 7517).

Kept as long as the answer's headers say, at most ten minutes. An unknown `kid` fetches again,
but not within ten seconds of the last try, so nobody can make this server call another at will.
Of the threads that want one set, one fetches it in its turn (`utils/fetches.py`); the others take
what is known, and few wait.
"""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

import orjson

from authwell.protocol.jose import client_keys
from authwell.protocol.jose.client_keys import ClientKey
from authwell.protocol.jose.keys import UnusableKey
from authwell.protocol.ports import KeysUnavailable
from authwell.utils.fetches import Fetches, NoTurn
from authwell.utils.outgoing import Answer, Limits, OutgoingError

LONGEST = timedelta(minutes=10)
"""Without fetching again, whatever the headers say."""
EARLY = timedelta(minutes=1)
"""Before that it is fetched again, so that others can go on with what is known meanwhile."""
FLOOR = timedelta(seconds=10)
"""Between two tries for one address."""
LIMITS = Limits(seconds=3.0, bytes=131_072)
MAX_SETS = 1_000

_MAX_AGE = re.compile(r"max-age=\"?([0-9]{1,9})\"?")


@dataclass(frozen=True, slots=True)
class _Fetched:
    """A set as it was fetched."""

    keys: tuple[ClientKey, ...]
    at: datetime
    fresh_for: timedelta


@dataclass(slots=True)
class _Place:
    """One address: what is known of it, and when it was last tried."""

    known: _Fetched | None = None
    tried_at: datetime | None = None
    problem: str = ""

    def was_just_tried(self, now: datetime) -> bool:
        return self.tried_at is not None and abs(now - self.tried_at) < FLOOR

    def keys(self, now: datetime) -> tuple[ClientKey, ...] | None:
        """What is known, however fresh; None if it is too old to be used at all."""
        if self.known is None or abs(now - self.known.at) >= LONGEST:
            return None
        return self.known.keys

    def is_fresh(self, now: datetime) -> bool:
        return self.known is not None and abs(now - self.known.at) < self.known.fresh_for


class FetchedKeys:
    """The engine's port `ClientKeys`; safe among threads."""

    def __init__(self, fetches: Fetches) -> None:
        """Begin empty."""
        self._fetches = fetches
        self._places: OrderedDict[str, _Place] = OrderedDict()
        self._lock = Lock()

    def find(self, uri: str, now: datetime) -> tuple[ClientKey, ...]:
        """The keys, fetched only if none are known that are fresh."""
        place = self._place(uri)
        keys = place.keys(now)
        if keys is not None and place.is_fresh(now):
            return keys
        # While one thread fetches, the others go on with what may still be used.
        return self._fetched_once(place, uri, now, patient=keys is None)

    def renewed(self, uri: str, now: datetime) -> tuple[ClientKey, ...]:
        """The keys, fetched again unless that was tried just before."""
        return self._fetched_once(self._place(uri), uri, now, patient=True)

    def _place(self, uri: str) -> _Place:
        with self._lock:
            place = self._places.get(uri)
            if place is None:
                place = self._places[uri] = _Place()
                if len(self._places) > MAX_SETS:
                    self._places.popitem(last=False)
            else:
                self._places.move_to_end(uri)
            return place

    def _fetched_once(
        self, place: _Place, uri: str, now: datetime, *, patient: bool
    ) -> tuple[ClientKey, ...]:
        """What one thread fetches and all take."""
        problem = ""
        if not place.was_just_tried(now):
            try:
                with self._fetches.turn(uri, patient=patient):
                    # Whoever had the turn before may have fetched it.
                    if not place.was_just_tried(now):
                        self._fetch(place, uri, now)
            except NoTurn as error:
                problem = str(error)
        keys = place.keys(now)
        if keys is None:
            raise KeysUnavailable(f"{uri}: {problem or place.problem}")
        return keys

    def _fetch(self, place: _Place, uri: str, now: datetime) -> None:
        try:
            answer = self._fetches.get_in_turn(uri, "application/json", LIMITS)
            place.known = _Fetched(_keys(answer), now, fresh_for(answer.headers))
        except (OutgoingError, UnusableKey, ValueError) as error:
            place.problem = str(error)
        finally:
            # Last: until then others have nothing to take, and wait.
            place.tried_at = now


def _keys(answer: Answer) -> tuple[ClientKey, ...]:
    if answer.status != 200:
        raise UnusableKey(f"status {answer.status}")
    return client_keys.read_fetched(orjson.loads(answer.body))


def fresh_for(headers: Mapping[str, str]) -> timedelta:
    """How long an answer may be kept (RFC 9111 section 4.2), from `FLOOR` to nearly `LONGEST`."""
    control = headers.get("cache-control", "").lower()
    if "no-store" in control or "no-cache" in control:
        return FLOOR
    stated = _MAX_AGE.search(control)
    if stated is None:
        return LONGEST - EARLY
    age = headers.get("age", "0")
    seconds = int(stated[1]) - (int(age) if age.isdecimal() and len(age) < 10 else 0)
    return min(max(timedelta(seconds=seconds), FLOOR), LONGEST - EARLY)
