"""What a login is worth: `amr` (RFC 8176) and `acr` (OpenID Connect Core sections 2, 5.5.1.1).

Both follow from the methods that the person has shown in the session, and from nothing else
(THREATS.md MF-09).
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from authwell.protocol import claims

PASSWORD: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
"""A password that came over a protected connection, as the SAML 2.0 profiles name it."""

MULTI_FACTOR: Final = "https://refeds.org/profile/mfa"
"""Two factors of which none gives access to the other (REFEDS MFA Profile)."""

PHISHING_RESISTANT: Final = "phr"
"""Two factors, one of them a key that answers nobody but us (OpenID Connect EAP ACR Values)."""

CLASSES: Final = (PASSWORD, MULTI_FACTOR, PHISHING_RESISTANT)
"""All that a login here can reach, the weakest first."""

PWD: Final = "pwd"
OTP: Final = "otp"
STEPPED: Final = frozenset({MULTI_FACTOR, PHISHING_RESISTANT})
"""What one more factor leads to."""

LINK: Final = "link"
"""A link that came by mail; RFC 8176 has no word for it."""
POP: Final = "pop"
"""A passkey; `hwk` or `swk` beside it where its attestation tells how the key is kept."""
SWK: Final = "swk"
USER: Final = "user"
MFA: Final = "mfa"

KEYS: Final = frozenset({POP, "hwk", SWK})
"""Proofs of a key that are bound to our origin."""

FIRST: Final = frozenset({PWD, LINK})
"""Of one kind: whoever reads the mail can have a new password."""

SECOND: Final = KEYS | {OTP}
"""What a person has; a key and a code are no two kinds."""

RECENT: Final = timedelta(minutes=5)
"""How old a login may be when what a person proves themselves with is changed."""


def methods_of(shown: Iterable[str]) -> tuple[str, ...]:
    """The `amr` of a login by these methods, with `mfa` where they are two factors."""
    amr = tuple(dict.fromkeys(shown))
    return (*amr, MFA) if has_two_factors(amr) and MFA not in amr else amr


def has_two_factors(amr: Iterable[str]) -> bool:
    """Whether two kinds were shown; a passkey that has verified its user says so by `mfa`."""
    shown = frozenset(amr)
    return MFA in shown or bool(shown & FIRST and shown & SECOND)


def classes_of(amr: Iterable[str]) -> frozenset[str]:
    """Every class that a login by these methods satisfies."""
    shown = frozenset(amr)
    satisfied: set[str] = set()
    if PWD in shown:
        satisfied.add(PASSWORD)
    if has_two_factors(shown):
        satisfied.add(MULTI_FACTOR)
        if shown & KEYS:
            satisfied.add(PHISHING_RESISTANT)
    return frozenset(satisfied)


def reached(amr: Iterable[str]) -> str | None:
    """The highest class of a login by these methods."""
    satisfied = classes_of(amr)
    return next((name for name in reversed(CLASSES) if name in satisfied), None)


def demanded(wanted: Mapping[str, Any]) -> frozenset[str] | None:
    """The classes of which a `claims` parameter calls one essential; None if it demands none."""
    if not wanted:
        return None
    asked = claims.requested(wanted, "id_token", "acr")
    if asked.get("essential") is not True or not asked.keys() & {"value", "values"}:
        return None
    return frozenset(_named(asked))


def wished(wanted: Mapping[str, Any], acr_values: tuple[str, ...]) -> tuple[str, ...]:
    """The classes that a request would like, the dearest first (section 3.1.2.1)."""
    if acr_values or not wanted:
        return acr_values
    return _named(claims.requested(wanted, "id_token", "acr"))


def told(amr: Iterable[str], wanted: Iterable[str]) -> str | None:
    """The `acr` that a client is told: the first that it wants and that is reached, else the highest."""
    shown = tuple(amr)
    satisfied = classes_of(shown)
    return next((name for name in wanted if name in satisfied), reached(shown))


def _named(asked: Mapping[str, Any]) -> tuple[str, ...]:
    named: list[object] = [asked.get("value"), *asked.get("values", ())]
    return tuple(name for name in named if isinstance(name, str))
