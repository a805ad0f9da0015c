"""When signing keys change their state (OpenID Connect Core section 10.1.1, THREATS.md DC-04).

A next key is published, so that every cached JWKS has it before it signs. The active one
signs. A retiring one is still published, until the last token that it signed has expired. A
retired one is not; expired ID tokens that are given as hints still verify by it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from authwell.storage.keys import KeyRecord

LONGEST_TOKEN_LIFE: Final = timedelta(days=1)
"""No policy, resource or client may have a longer one for a token that we sign."""
SPREAD: Final = timedelta(seconds=10)
"""Until each process works by a change: a snapshot is used for five seconds, and the clocks of
machines differ. Till then one may still publish what was, or sign as before."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The operator's wishes: KEY_ROTATION_DAYS and JWKS_MAX_AGE."""

    rotation: timedelta
    jwks_max_age: timedelta

    def usable_from(self, key: KeyRecord) -> datetime:
        """When every cache that follows JWKS_MAX_AGE has a published key."""
        return key.created_at + SPREAD + self.jwks_max_age

    def activation(self, following: KeyRecord, active: KeyRecord | None) -> datetime:
        """When a next key takes over; a shorter KEY_ROTATION_DAYS counts at once."""
        began = (active.activated_at if active else None) or following.created_at
        wished = began + self.rotation
        return max(self.usable_from(following), min(wished, following.activates_at or wished))

    def withdrawal(self, retiring: KeyRecord) -> datetime:
        """When a retiring key may leave the JWKS."""
        return (retiring.retiring_at or retiring.created_at) + SPREAD + LONGEST_TOKEN_LIFE


@dataclass(frozen=True, slots=True)
class Step:
    """A change of a key that the calendar makes; `at` may have passed."""

    at: datetime
    action: Literal["activate", "retire"]
    alg: str
    kid: str


def steps(keys: Iterable[KeyRecord], calendar: Calendar) -> list[Step]:
    """The changes that are known now, the earliest first."""
    all_keys = list(keys)
    active = {key.alg: key for key in all_keys if key.state == "active"}
    found = [
        Step(calendar.activation(key, active.get(key.alg)), "activate", key.alg, key.kid)
        for key in all_keys
        if key.state == "next"
    ]
    found += [
        Step(calendar.withdrawal(key), "retire", key.alg, key.kid)
        for key in all_keys
        if key.state == "retiring"
    ]
    return sorted(found, key=lambda step: (step.at, step.kid))
