"""Whether and on what terms a tenant lets clients register themselves (RFC 7591 section 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeGuard

from authwell.protocol.jose import client_keys
from authwell.protocol.jose.client_keys import ClientKey
from authwell.protocol.jose.keys import UnusableKey
from authwell.protocol.policy import DEFAULT_PROFILES, InvalidPolicy
from authwell.utils.urls import split_canonical

Mode = Literal["off", "initial_access_token", "open"]
Origin = Literal["administrator", "open", "initial_access_token"]
"""Who registered a client."""

MODES: Mapping[str, Mode] = {
    "off": "off",
    "initial_access_token": "initial_access_token",
    "open": "open",
}
MAX_ISSUERS = 20
_MEMBERS = frozenset({"issuer", "jwks", "jwks_uri"})


@dataclass(frozen=True, slots=True)
class StatementIssuer:
    """Whose software statements are believed, and the keys that it signs them by."""

    issuer: str
    jwks: tuple[ClientKey, ...] = ()
    jwks_uri: str | None = None


@dataclass(frozen=True, slots=True)
class RegistrationPolicy:
    """The terms of a tenant.

    Attributes:
        profiles: what a registering client may get, the first that its metadata fit.
        issuers: trusted issuers of software statements, by name.
    """

    mode: Mode = "off"
    profiles: tuple[str, ...] = ()
    issuers: Mapping[str, StatementIssuer] = field(default_factory=dict[str, StatementIssuer])


CLOSED = RegistrationPolicy()
"""Nobody registers: the default (THREATS.md DR-01)."""


def registration_policy(settings: Mapping[str, Any]) -> RegistrationPolicy:
    """The terms in a tenant's policy, as `authwell apply` takes it.

    Raises:
        InvalidPolicy: a member has a value that it cannot have.
    """
    wanted = settings.get("registration") or "off"
    mode = MODES.get(wanted) if isinstance(wanted, str) else None
    if mode is None:
        raise InvalidPolicy(f"policy.registration: must be one of {', '.join(MODES)}")
    allowed: Sequence[str] = settings.get("profiles") or DEFAULT_PROFILES
    return RegistrationPolicy(
        mode=mode,
        profiles=_profiles(settings.get("registration_profiles"), allowed),
        issuers=_issuers(settings.get("software_statement_issuers")),
    )


def _profiles(value: object, allowed: Sequence[str]) -> tuple[str, ...]:
    """Strangers get the tenant's default profile and no other, unless it says so."""
    if value is None:
        return tuple(allowed[:1])
    if not _is_list(value) or not value:
        raise InvalidPolicy("policy.registration_profiles: must be a list of profiles")
    for name in value:
        if name not in allowed:
            raise InvalidPolicy(
                f"policy.registration_profiles: {name!r} is not one of {', '.join(allowed)}"
            )
    return tuple(dict.fromkeys(value))


def _issuers(value: object) -> Mapping[str, StatementIssuer]:
    if value is None:
        return {}
    if not _is_list(value) or len(value) > MAX_ISSUERS:
        raise _wrong_issuer(
            f"a list of at most {MAX_ISSUERS} entries with issuer, jwks or jwks_uri"
        )
    found = [_issuer(entry) for entry in value]
    if len({issuer.issuer for issuer in found}) < len(found):
        raise _wrong_issuer("an issuer stands twice")
    return {issuer.issuer: issuer for issuer in found}


def _issuer(entry: object) -> StatementIssuer:
    if not _is_object(entry) or not entry.keys() <= _MEMBERS:
        raise _wrong_issuer("an entry has issuer, and jwks or jwks_uri")
    name, jwks, jwks_uri = entry.get("issuer"), entry.get("jwks"), entry.get("jwks_uri")
    if not isinstance(name, str) or not name or not name.isprintable() or len(name) > 2048:
        raise _wrong_issuer("issuer must be the text that statements have as iss")
    if (jwks is None) == (jwks_uri is None):
        raise _wrong_issuer(f"{name!r} needs jwks or jwks_uri, one of them")
    try:
        if jwks is not None:
            return StatementIssuer(name, jwks=client_keys.read_registered(jwks))
        return StatementIssuer(name, jwks_uri=_https(jwks_uri))
    except (UnusableKey, ValueError) as error:
        raise _wrong_issuer(f"the keys of {name!r}: {error}") from error


def _https(uri: object) -> str:
    if not isinstance(uri, str) or not uri.startswith("https://"):
        raise ValueError("jwks_uri must be an https URL")
    split_canonical(uri)
    return uri


def _wrong_issuer(problem: str) -> InvalidPolicy:
    return InvalidPolicy(f"policy.software_statement_issuers: {problem}")


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)
