"""What is told of a person: the standard claims, each typed right (OpenID Connect Core 5.1)."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from authwell.protocol import languages
from authwell.protocol.claims import STANDARD_CLAIMS, accepts, by_scope
from authwell.protocol.model import Account

ADDRESS_MEMBERS = frozenset(
    {"formatted", "street_address", "locality", "region", "postal_code", "country"}
)
"""Section 5.1.1."""

TRANSLATABLE = frozenset(
    {
        *("name", "given_name", "family_name", "middle_name", "nickname"),
        *("profile", "picture", "website", "address"),
    }
)
"""Claims that people read, or that lead to what they read (section 5.2)."""

_STANDARD = frozenset(STANDARD_CLAIMS)
_MAX_TEXT = 2048
_BIRTHDATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))?")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")


def about(
    account: Account,
    scope: frozenset[str],
    requests: Mapping[str, Any] | None = None,
    locales: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The claims that are asked for and have a value; nothing is ever null or blank.

    Args:
        scope: asks for whole groups.
        requests: ask one by one, by the `claims` parameter. One with a value that the claim
            does not have brings nothing (section 5.5.1).
        locales: the languages to choose among, the preferred first.
    """
    known = _known(account)
    told = {name: known[name] for name in by_scope(scope) if name in known}
    for name, request in (requests or {}).items():
        told |= _requested(known, name, request)
    if locales:
        for name in told.keys() & TRANSLATABLE:
            told[name] = languages.preferred(known, name, locales)
    return told


def fits(name: str, value: Any) -> bool:
    """Whether an account may have a claim of this value; the name may have a language."""
    plain, tagged, tag = name.partition("#")
    if plain not in _STANDARD or (tagged and not _may_be_tagged(plain, tag)):
        return False
    return _FORMS.get(plain, _is_text)(value)


def _requested(known: Mapping[str, Any], name: str, request: Any) -> dict[str, Any]:
    plain, tagged, tag = name.partition("#")
    if tagged:
        found = languages.translations(known, plain, tag)
    else:
        found = {name: known[name]} if name in known else {}
    return {key: value for key, value in found.items() if accepts(request, value)}


def _known(account: Account) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    for name, kept in account.claims.items():
        plain = languages.base(name)
        value = _address(kept) if plain == "address" else kept
        if plain in _STANDARD and _has_value(plain, value):
            claims[name] = value
    claims["preferred_username"] = account.username
    if account.full_name:
        claims["name"] = account.full_name
    if account.email:
        claims["email"] = account.email
        claims["email_verified"] = account.email_verified
    if "phone_number" in claims:
        claims.setdefault("phone_number_verified", False)
    else:
        claims.pop("phone_number_verified", None)
    if account.updated_at is not None:
        claims["updated_at"] = int(account.updated_at.timestamp())
    return claims


def _has_value(name: str, value: Any) -> bool:
    if name == "phone_number_verified":
        return isinstance(value, bool)
    return bool(value) if name == "address" else isinstance(value, str) and bool(value.strip())


def _address(value: Any) -> dict[str, str]:
    """The members of an address that have a value."""
    if not _is_object(value):
        return {}
    return {
        name: text
        for name, text in value.items()
        if name in ADDRESS_MEMBERS and isinstance(text, str) and text.strip()
    }


def _may_be_tagged(name: str, tag: str) -> bool:
    return name in TRANSLATABLE and languages.is_tag(tag)


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= _MAX_TEXT


def _is_page(value: Any) -> bool:
    if not _is_text(value) or not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _is_address(value: Any) -> bool:
    known = _is_object(value) and bool(value) and value.keys() <= ADDRESS_MEMBERS
    return known and all(map(_is_text, value.values()))


def _is_like(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: _is_text(value) and pattern.fullmatch(value) is not None


_FORMS: Mapping[str, Callable[[Any], bool]] = {
    "profile": _is_page,
    "picture": _is_page,
    "website": _is_page,
    "birthdate": _is_like(_BIRTHDATE),
    "zoneinfo": _is_like(_ZONE),
    "locale": lambda value: _is_text(value) and languages.is_tag(value.replace("_", "-")),
    "phone_number_verified": lambda value: isinstance(value, bool),
    "address": _is_address,
}
"""Those that are more than a line of text."""


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)
