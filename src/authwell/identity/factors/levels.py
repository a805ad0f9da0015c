"""What else a person must show: the one table for every way of logging in.

A password, a link from a mail and a code are worth one factor each; a passkey that verified its
user is worth two. Which classes follow from that says `protocol/authentication_context.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from authwell.protocol import authentication_context as context
from authwell.storage.login.factors import Enrolled

Method = Literal["passkey", "totp", "backup_code"]
"""What a second factor is asked or enrolled by."""

EVERY: Final[tuple[Method, ...]] = ("passkey", "totp", "backup_code")
LEADING_TO: Final[tuple[tuple[str, tuple[Method, ...]], ...]] = (
    (context.MULTI_FACTOR, EVERY),
    (context.PHISHING_RESISTANT, ("passkey",)),
)
"""What leads to each class; the weaker the class, the more does."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks of a login, beyond what the tenant and the person want anyway.

    Attributes:
        acr: the classes of which one must be reached, also on a trusted device; empty: any.
        since: what was shown earlier in the session does not count; None: it does.
        is_wish: whether whoever has no such factor goes on without.
    """

    acr: frozenset[str] = frozenset()
    since: datetime | None = None
    is_wish: bool = False


ANYTHING: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Lack:
    """What is missing.

    Attributes:
        asked: by which of these it can be shown or, with `enrols`, set up.
        enrols: whether the person has none of it.
        may_be_spared: whether a trusted device does without.
    """

    asked: tuple[Method, ...]
    enrols: bool = False
    may_be_spared: bool = False


def is_enough(amr: Iterable[str], wanted: Wanted) -> bool:
    """Whether nothing can be missing, whatever the person has."""
    shown = frozenset(amr)
    return context.has_two_factors(shown) and not _unmet(shown, wanted)


def lack_of(
    amr: Iterable[str], wanted: Wanted, enrolled: Enrolled, *, is_mandatory: bool
) -> Lack | None:
    """What is missing of a login by these methods; None if nothing is.

    Whoever has a second factor shows it before another can be set up (THREATS.md MF-05).

    Args:
        amr: what was shown.
        wanted: by the request.
        enrolled: what the person has.
        is_mandatory: whether the tenant's policy wants a second factor.
    """
    shown = frozenset(amr)
    leading = _leading_to(_unmet(shown, wanted))
    is_demanded = bool(leading) and not wanted.is_wish
    has_two = context.has_two_factors(shown)
    if offered := _offered(leading, enrolled):
        return Lack(offered)
    if enrolled.any and not has_two:
        return Lack(_offered(EVERY, enrolled), may_be_spared=not is_demanded)
    if is_demanded:
        return Lack(_enrollable(leading), enrols=True)
    if is_mandatory and not has_two:
        return Lack(_enrollable(EVERY), enrols=True)
    return None


def reachable(enrolled: Enrolled) -> frozenset[str]:
    """The classes to which what the person has leads."""
    return frozenset(name for name, methods in LEADING_TO if _offered(methods, enrolled))


def _unmet(shown: frozenset[str], wanted: Wanted) -> frozenset[str]:
    """The classes of which one is wanted, if none of them is reached."""
    return frozenset() if context.classes_of(shown) & wanted.acr else wanted.acr


def _leading_to(acr: frozenset[str]) -> tuple[Method, ...]:
    """What leads to one of these classes; empty if no second factor does."""
    return next((methods for name, methods in LEADING_TO if name in acr), ())


def _offered(asked: tuple[Method, ...], enrolled: Enrolled) -> tuple[Method, ...]:
    """What of it the person has; a backup code stands in for a factor, and is none itself."""
    has: dict[Method, bool] = {
        "passkey": enrolled.passkeys > 0,
        "totp": enrolled.totp,
        "backup_code": enrolled.any and enrolled.backup_codes > 0,
    }
    return tuple(method for method in asked if has[method])


def _enrollable(asked: tuple[Method, ...]) -> tuple[Method, ...]:
    return tuple(method for method in asked if method != "backup_code")
