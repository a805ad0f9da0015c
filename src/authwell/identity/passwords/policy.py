"""What a new password must be (NIST SP 800-63B-4 section 3.1.1.2, THREATS.md AU-11).

The composition rules are what operators ask for, each switchable; the preset `nist` drops them
for length. Lists of common passwords are compared whole: nothing is refused for its looks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from authwell.config.settings import Settings
from authwell.identity.passwords.hashing import MAX_LENGTH
from authwell.identity.people.names import canonical_username
from authwell.protocol.model import Tenant
from authwell.protocol.policy import InvalidPolicy
from authwell.utils.urls import host_of

MEMBER = "password_policy"
"""Of a tenant's policy."""

LEAST_ALONE = 15
"""Characters of the preset `nist` where the password is the only factor."""

_LEAST, _MOST = 8, 128
_FLAGS = ("uppercase", "lowercase", "number", "special")

Code = Literal[
    "too_short",
    "too_long",
    "no_uppercase",
    "no_lowercase",
    "no_number",
    "no_special",
    "personal",
    "common",
    "breached",
]


@dataclass(frozen=True, slots=True)
class Weakness:
    """Why a password is refused; `bound` is the length that was missed."""

    code: Code
    bound: int = 0


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """The rules of a tenant."""

    preset: Literal["default", "nist"] = "default"
    min_length: int = _LEAST
    uppercase: bool = True
    lowercase: bool = True
    number: bool = True
    special: bool = True

    def least(self, *, only_factor: bool) -> int:
        """How many characters a password needs."""
        if self.preset == "nist" and only_factor:
            return max(self.min_length, LEAST_ALONE)
        return self.min_length


@dataclass(frozen=True, slots=True)
class PasswordContext:
    """Who will log in by the password, and where.

    Attributes:
        words: names that everybody knows; the password must not be one of them.
        only_factor: whether nothing else will be asked.
    """

    words: frozenset[str] = frozenset()
    only_factor: bool = True


def context(
    tenant: Tenant,
    *,
    username: str = "",
    email: str | None = None,
    full_name: str | None = None,
    only_factor: bool = True,
) -> PasswordContext:
    """The context of an account, or of one that is to be."""
    host = host_of(tenant.issuer.partition("://")[2])
    names = {username, email or "", full_name or "", tenant.name, tenant.slug, "Authwell", host}
    names |= {(email or "").partition("@")[0], *host.split(".")}
    canonical = {canonical_username(name) for name in names}
    return PasswordContext(
        frozenset({*canonical, *(name.replace(" ", "") for name in canonical)} - {""}), only_factor
    )


def check_password(
    policy: PasswordPolicy, password: str, context: PasswordContext
) -> tuple[Weakness, ...]:
    """All that is wrong with a password by itself; the lists are `NewPasswords`'."""
    if len(password) > MAX_LENGTH:
        return (Weakness("too_long", MAX_LENGTH),)
    return tuple(_weaknesses(policy, password, context))


def password_policy(settings: Settings, tenant: Tenant) -> PasswordPolicy:
    """The tenant's rules; where it is silent, those of the settings."""
    return read_policy(of_settings(settings), tenant.people_policy.get(MEMBER))


def of_settings(settings: Settings) -> PasswordPolicy:
    """The rules of tenants that have none of their own (REQUIREMENTS.md section Q)."""
    return PasswordPolicy(
        preset="nist" if settings.password_policy == "nist" else "default",
        min_length=settings.password_min_length,
        uppercase=settings.require_uppercase,
        lowercase=settings.require_lowercase,
        number=settings.require_number,
        special=settings.require_special_char,
    )


def read_policy(defaults: PasswordPolicy, value: object) -> PasswordPolicy:
    """The rules with a tenant's own over them.

    Raises:
        InvalidPolicy: a member is unknown, or has a value that it cannot have.
    """
    if value is None:
        return defaults
    if not isinstance(value, Mapping):
        raise _wrong("must be a mapping")
    members: dict[str, Any] = {str(name): member for name, member in value.items()}
    unknown = sorted(members.keys() - {"preset", "min_length", *_FLAGS})
    if unknown:
        raise _wrong(f"unknown member {unknown[0]!r}")
    if members.get("preset", "default") not in ("default", "nist"):
        raise _wrong("preset must be default or nist")
    length = members.get("min_length", _LEAST)
    if isinstance(length, bool) or not isinstance(length, int) or not _LEAST <= length <= _MOST:
        raise _wrong(f"min_length must be a whole number from {_LEAST} to {_MOST}")
    for name in _FLAGS:
        if not isinstance(members.get(name, True), bool):
            raise _wrong(f"{name} must be true or false")
    return replace(defaults, **members)


def _weaknesses(
    policy: PasswordPolicy, password: str, context: PasswordContext
) -> Iterator[Weakness]:
    least = policy.least(only_factor=context.only_factor)
    if len(password) < least or not password.strip():
        yield Weakness("too_short", least)
    if policy.preset == "default":
        if policy.uppercase and not any(map(str.isupper, password)):
            yield Weakness("no_uppercase")
        if policy.lowercase and not any(map(str.islower, password)):
            yield Weakness("no_lowercase")
        if policy.number and not any(map(str.isnumeric, password)):
            yield Weakness("no_number")
        if policy.special and all(map(str.isalnum, password)):
            yield Weakness("no_special")
    if canonical_username(password) in context.words:
        yield Weakness("personal")


def _wrong(problem: str) -> InvalidPolicy:
    return InvalidPolicy(f"policy.{MEMBER}: {problem}")
