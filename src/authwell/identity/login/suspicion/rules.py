"""The rules that judge a login, each one function over the same facts (FEATURES.md 2.11)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authwell.identity.sessions.locations import Place
from authwell.identity.sessions.user_agents import device_name

FASTEST: Final = 900.0
"""Kilometres in an hour: that of an airliner."""
NEAR: Final = 200.0
"""Kilometres that a GeoIP file may be wrong."""
MANY_FAILURES: Final = 3

Details = Mapping[str, Any]
"""What is kept of a sign in the audit log; never empty."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A login of before."""

    at: datetime
    user_agent: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when somebody logs in.

    Attributes:
        has_cookie: whether the caller is a browser that keeps a device cookie.
        is_known_device: whether the account has logged in with it before.
        has_logged_in: whether the account ever did.
        failures: attempts since the last success, this one not among them.
        read_earlier: the last logins, the latest first; read for the rules that ask.
    """

    now: datetime
    user_agent: str | None
    place: Place
    has_cookie: bool
    is_known_device: bool
    has_logged_in: bool
    failures: int
    read_earlier: Callable[[], tuple[Earlier, ...]]

    @property
    def earlier(self) -> tuple[Earlier, ...]:
        """The last logins, the latest first."""
        return self.read_earlier()


def new_device(facts: Facts) -> Details | None:
    """Another browser than any before; a program without cookies is compared by what is told."""
    if facts.is_known_device or not facts.has_logged_in:
        return None
    device = device_name(facts.user_agent)
    if not facts.has_cookie:
        near = (one for one in facts.earlier if one.place.prefix == facts.place.prefix)
        if any(device_name(one.user_agent) == device for one in near):
            return None
    return {"device": device}


def new_country(facts: Facts) -> Details | None:
    """Another country than any of the last logins, as far as those are known."""
    country = facts.place.country
    if country is None:
        return None
    known = {one.place.country for one in facts.earlier if one.place.country}
    return {"country": country} if known and country not in known else None


def impossible_travel(facts: Facts) -> Details | None:
    """Further from the last login than anybody gets since."""
    if facts.place.latitude is None:
        return None
    for one in facts.earlier:
        distance = one.place.distance(facts.place)
        if distance is None:
            continue
        hours = max((facts.now - one.at).total_seconds() / 3600, 1 / 3600)
        if distance > NEAR and distance / hours > FASTEST:
            return {"kilometres": round(distance), "hours": round(hours, 2)}
        return None
    return None


def many_failures(facts: Facts) -> Details | None:
    """Somebody tried several times before it worked."""
    return {"failures": facts.failures} if facts.failures >= MANY_FAILURES else None


LOGIN_RULES: Final[Mapping[str, Callable[[Facts], Details | None]]] = {
    "new_device": new_device,
    "new_country": new_country,
    "impossible_travel": impossible_travel,
    "many_failures": many_failures,
}
