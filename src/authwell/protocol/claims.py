"""Which claims are asked for: by scope, and by the `claims` parameter (OpenID Connect Core 5)."""

from collections.abc import Mapping
from typing import Any, TypeGuard

import orjson

from authwell.protocol import languages
from authwell.protocol.access import SCOPES
from authwell.protocol.errors import InvalidRequest
from authwell.utils.foreign_json import parse_json

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

_SCOPE_OF = {name: scope for scope, names in SCOPE_CLAIMS.items() for name in names} | {
    name: name for name in SCOPES
}

STANDARD_CLAIMS = tuple(name for names in SCOPE_CLAIMS.values() for name in names)

MAX_CLAIMS_LENGTH = 8192

MEMBERS = ("userinfo", "id_token")
"""Of a `claims` parameter: where a claim shall be told."""

LOCALES = "locales"
"""Beside them: the languages of `claims_locales`, where there are any."""


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
        parsed = parse_json(value)
    except orjson.JSONDecodeError as error:
        raise problem from error
    if not _is_object(parsed):
        raise problem
    wanted: dict[str, Any] = {}
    for member in MEMBERS:
        requests = parsed.get(member)
        if requests is None:
            continue
        if not _is_object(requests) or not all(map(_is_claim_request, requests.values())):
            raise problem
        wanted[member] = requests
    return wanted


def read(claims: str | None, claims_locales: str | None) -> Mapping[str, Any]:
    """The `claims` parameter with the languages of `claims_locales` (section 5.2) beside it.

    Raises:
        InvalidRequest: as `read_parameter`.
    """
    wanted, wanted_locales = read_parameter(claims), languages.locales(claims_locales)
    return {**wanted, LOCALES: list(wanted_locales)} if wanted_locales else wanted


def locales(wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """The languages that claims are wanted in, the preferred first."""
    return tuple(wanted.get(LOCALES) or ())


def scope_of(wanted: Mapping[str, Any]) -> frozenset[str]:
    """The scopes that would have asked for the claims of a `claims` parameter."""
    names = (name for member in MEMBERS for name in wanted.get(member, ()))
    scopes = (_SCOPE_OF.get(languages.base(name)) for name in names)
    return frozenset(scope for scope in scopes if scope is not None)


def within(wanted: Mapping[str, Any], scope: frozenset[str]) -> Mapping[str, Any]:
    """Of a `claims` parameter what is no more than these scopes tell; the rest is left out,
    as claims may be (section 5.5.1).
    """
    if not wanted:
        return wanted
    told = {
        member: {name: value for name, value in wanted[member].items() if _is_told(name, scope)}
        for member in MEMBERS
        if member in wanted
    }
    return {**wanted, **told}


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


def accepts(request: Any, value: Any) -> bool:
    """Whether a claim of this value is one that was asked for (section 5.5.1)."""
    if not _is_object(request):
        return True
    if "value" in request and request["value"] != value:
        return False
    return "values" not in request or value in request["values"]


def _is_told(name: str, scope: frozenset[str]) -> bool:
    """A claim in some language is that claim: it needs the same scope."""
    needed = _SCOPE_OF.get(languages.base(name))
    return needed is None or needed in scope


def _is_claim_request(value: object) -> bool:
    """null, or an object whose known members have their types; others are ignored."""
    if value is None:
        return True
    if not _is_object(value) or not isinstance(value.get("essential", False), bool):
        return False
    return isinstance(value.get("values", []), list)


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)
