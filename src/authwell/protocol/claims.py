"""Claims about a person: by scope, and by the `claims` parameter (OpenID Connect Core 5)."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

import orjson

from authwell.protocol.errors import InvalidRequest
from authwell.protocol.model import Account

SCOPE_CLAIMS: Mapping[str, tuple[str, ...]] = {
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
}
"""OpenID Connect Core section 5.4."""

_SCOPE_OF = {name: scope for scope, names in SCOPE_CLAIMS.items() for name in names}

STANDARD_CLAIMS = tuple(name for names in SCOPE_CLAIMS.values() for name in names)

MAX_CLAIMS_LENGTH = 8192

_BOOLEANS = frozenset({"email_verified", "phone_number_verified"})


def read_parameter(value: str | None) -> Mapping[str, Any]:
    """The `claims` parameter: an object with `userinfo` and `id_token` (section 5.5).

    Raises:
        InvalidRequest: not a JSON object of objects.
    """
    if value is None:
        return {}
    problem = InvalidRequest("claims must be a JSON object.", rule="claims_malformed")
    if len(value) > MAX_CLAIMS_LENGTH:
        raise problem
    try:
        parsed = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise problem from error
    if not _is_object(parsed):
        raise problem
    wanted: dict[str, Any] = {}
    for member in ("userinfo", "id_token"):
        requests = parsed.get(member)
        if requests is None:
            continue
        if not _is_object(requests) or not all(map(_is_claim_request, requests.values())):
            raise problem
        wanted[member] = requests
    return wanted


def scope_of(wanted: Mapping[str, Any]) -> frozenset[str]:
    """The scopes that would have asked for the claims of a `claims` parameter."""
    names = (name for requests in wanted.values() for name in requests)
    return frozenset(_SCOPE_OF[name] for name in names if name in _SCOPE_OF)


def within(wanted: Mapping[str, Any], scope: frozenset[str]) -> Mapping[str, Any]:
    """Of a `claims` parameter what is no more than these scopes tell; the rest is left out,
    as claims may be (section 5.5.1).
    """
    return {
        member: {
            name: value
            for name, value in requests.items()
            if name not in _SCOPE_OF or _SCOPE_OF[name] in scope
        }
        for member, requests in wanted.items()
    }


def requested(wanted: Mapping[str, Any], member: str, name: str) -> Mapping[str, Any]:
    """What a `claims` parameter says of one claim; empty if nothing (section 5.5.1)."""
    requests: Mapping[str, Any] = wanted.get(member) or {}
    return requests.get(name) or {}


def subject(wanted: Mapping[str, Any]) -> str | None:
    """The only person that a `claims` parameter lets the ID token be about (section 3.1.2.2)."""
    asked = requested(wanted, "id_token", "sub")
    return str(asked["value"]) if asked.get("value") is not None else None


def by_scope(scope: frozenset[str]) -> set[str]:
    """The names of the claims that a scope asks for."""
    return {name for value in scope for name in SCOPE_CLAIMS.get(value, ())}


def about(account: Account, names: Iterable[str]) -> dict[str, Any]:
    """The claims of that name that have a value; nothing is ever null or blank."""
    known = _all(account)
    return {name: known[name] for name in names if name in known}


def _all(account: Account) -> dict[str, Any]:
    claims: dict[str, Any] = {
        name: value
        for name, value in account.claims.items()
        if name in STANDARD_CLAIMS and _has_value(name, value)
    }
    claims["preferred_username"] = account.username
    if account.full_name:
        claims["name"] = account.full_name
    if account.email:
        claims["email"] = account.email
        claims["email_verified"] = account.email_verified
    if account.updated_at is not None:
        claims["updated_at"] = int(account.updated_at.timestamp())
    return claims


def _has_value(name: str, value: Any) -> bool:
    if name in _BOOLEANS:
        return isinstance(value, bool)
    if name == "address":
        return _is_object(value) and bool(value)
    if name == "updated_at":
        return isinstance(value, int)
    return isinstance(value, str) and bool(value.strip())


def _is_claim_request(value: Any) -> bool:
    return value is None or _is_object(value)


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)
