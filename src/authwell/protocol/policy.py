"""What a client may do: one frozen value that every check reads, never a profile's name.

A profile is a value too. A tenant's settings and the client's own registration only
tighten it, so that discovery can be generated from the same objects.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal, TypeGuard, TypeVar

from authwell.utils.urls import is_loopback, split_canonical

T = TypeVar("T")

Pkce = Literal["public", "all"]
Mfa = Literal["optional", "required"]

SIGNING_ALGS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""JWS algorithms that this server can sign with (RFC 7518, RFC 8037, RFC 9864)."""

DEFAULT_SIGNING_ALGS = ("RS256", "ES256", "EdDSA")
"""Those of a tenant whose policy lists none; each further one is one more key pair."""

CLIENT_SIGNING_ALGS = SIGNING_ALGS
"""JWS algorithms by which clients may sign what they send here."""

ENCRYPTION_ALGS = (
    *("RSA-OAEP-256", "ECDH-ES"),
    *("ECDH-ES+A128KW", "ECDH-ES+A192KW", "ECDH-ES+A256KW"),
)
"""JWE algorithms by which keys are sent to clients, and by them to us (RFC 7518 section 4)."""

ENCRYPTION_ENCS = ("A128CBC-HS256", "A256CBC-HS512", "A128GCM", "A256GCM")
"""JWE content encryption (RFC 7518 section 5); the first is the default of the standards."""

MAC_ALGS = ("HS256",)
"""Those of a client that shares a secret (client_secret_jwt)."""

AudienceRule = Literal["issuer", "endpoint"]

MAX_CODE_LIFETIME = timedelta(seconds=600)
"""RFC 6749 section 4.1.2."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules that hold for one client, or for a tenant's clients of one profile."""

    profile: str
    response_types: frozenset[str]
    response_modes: frozenset[str]
    grant_types: frozenset[str]
    auth_methods: frozenset[str]
    auth_signing_algs: tuple[str, ...]
    """Allowed for assertions of clients."""
    request_object_signing_algs: tuple[str, ...]
    """Allowed for request objects (RFC 9101); empty: they are not taken at all."""
    unsigned_request_objects: bool
    """Whether a client may be registered for request objects by the algorithm `none`."""
    request_uris: bool
    """Whether a request object may be fetched from a `request_uri` that the client registered."""
    request_object_encryption: bool
    """Whether request objects may be encrypted to a key of ours, which a tenant wishes for."""
    request_object_claims: frozenset[str]
    """Claims that a request object must have."""
    request_object_lifetime: timedelta | None
    """The longest from its `nbf` to its `exp`, and the longest since its `nbf`; None: any."""
    audience_rule: AudienceRule
    """What the audience of a client's assertion is: the issuer as one string, or also the token
    endpoint or another where clients authenticate, alone or among others."""
    assertion_lifetime: timedelta
    """How far ahead an assertion may expire. Libraries for clients make them for an hour."""
    signing_algs: tuple[str, ...]
    """Allowed for access and ID tokens; the first is the default."""
    pkce: Pkce
    """Which clients must send a challenge: public ones, or all."""
    session_refresh: bool
    """Whether a refresh token bound to the session comes without `offline_access`."""
    code_lifetime: timedelta
    access_token_lifetime: timedelta
    refresh_token_lifetime: timedelta
    """From the first token of the family; rotation does not extend it."""
    session_management: bool = False
    """Whether a tenant with this profile gives its clients `session_state` and the frame that
    their pages ask. Browsers that keep cookies from frames leave little of it, so only the classic
    profile brings it."""
    registration_page: str | None = None
    """Where people make an account: a URL, or a path below the issuer."""
    mfa: Mfa = "optional"
    """Whether everybody must have a second factor; whoever has one is asked for it anyway."""
    mfa_required_roles: frozenset[str] = frozenset()
    """Roles whose people must have one."""
    trusted_device_lifetime: timedelta | None = timedelta(days=30)
    """For how long a device may be spared the second factor; None: not at all."""

    @property
    def password_grant(self) -> bool:
        """Whether the resource owner password credentials grant exists at all."""
        return "password" in self.grant_types


OAUTH21 = Policy(
    profile="oauth21",
    response_types=frozenset({"code"}),
    response_modes=frozenset({"query", "fragment", "form_post"}),
    grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
    auth_methods=frozenset(
        {
            "client_secret_basic",
            "client_secret_post",
            "client_secret_jwt",
            "private_key_jwt",
            "none",
        }
    ),
    auth_signing_algs=(*CLIENT_SIGNING_ALGS, *MAC_ALGS),
    request_object_signing_algs=CLIENT_SIGNING_ALGS,
    unsigned_request_objects=False,
    request_uris=True,
    request_object_encryption=False,
    request_object_claims=frozenset(),
    request_object_lifetime=None,
    audience_rule="endpoint",
    assertion_lifetime=timedelta(hours=1),
    signing_algs=DEFAULT_SIGNING_ALGS,
    pkce="public",
    session_refresh=True,
    code_lifetime=timedelta(seconds=60),
    access_token_lifetime=timedelta(seconds=3600),
    refresh_token_lifetime=timedelta(days=7),
)

OIDC_CLASSIC = replace(
    OAUTH21,
    profile="oidc_classic",
    response_types=frozenset(
        {
            "code",
            "id_token",
            "id_token token",
            "code id_token",
            "code token",
            "code id_token token",
            "none",
        }
    ),
    grant_types=OAUTH21.grant_types | {"implicit"},
    session_management=True,
    unsigned_request_objects=True,
)
"""All flows of OpenID Connect Core section 3, for relying parties that need them."""

PROFILES: Mapping[str, Policy] = {profile.profile: profile for profile in (OAUTH21, OIDC_CLASSIC)}
"""The profiles that are built."""

DEFAULT_PROFILES = ("oauth21",)
"""Those of a tenant that lists none, the first for clients that name none."""

REGISTRATION_PAGE = "/register"
"""Our own page on which people make an account, where the tenant has no other."""

PEOPLE_MEMBERS = frozenset(
    {
        "branding",
        "login_flow",
        "magic_links",
        "mails",
        "password_policy",
        "registration_enabled",
        "suspicious_activity",
    }
)
"""Members about people, which clients and their requests have nothing to do with: identity reads
them from `Tenant.people_policy`."""

POLICY_MEMBERS = PEOPLE_MEMBERS | frozenset(
    {
        "profiles",
        "registration",
        "registration_profiles",
        "software_statement_issuers",
        "signing_algs",
        "pkce",
        "password_grant",
        "session_refresh",
        "request_objects",
        "request_object_encryption",
        "code_lifetime",
        "access_token_lifetime",
        "refresh_token_lifetime",
        "registration_page",
        "mfa",
        "mfa_required_roles",
        "trusted_device_days",
    }
)


class InvalidPolicy(ValueError):
    """A tenant's policy has a member or value that does not exist; the text says which."""


def tenant_policies(
    settings: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Mapping[str, Policy]:
    """The policies of a tenant by profile name, the default profile first.

    Args:
        settings: the tenant's own policy, as `authwell apply` takes it (lifetimes in seconds).
        defaults: the same members from the server's settings; the tenant's win.

    Raises:
        InvalidPolicy: a member is unknown, or its value is out of bounds.
    """
    unknown = sorted(set(settings) - POLICY_MEMBERS)
    if unknown:
        raise InvalidPolicy(f"policy: unknown member {unknown[0]!r}")
    merged = {**defaults, **settings}
    names = merged.get("profiles") or DEFAULT_PROFILES
    return {name: _tighten(_profile(name), merged) for name in names}


def _profile(name: object) -> Policy:
    if not isinstance(name, str) or name not in PROFILES:
        raise InvalidPolicy(f"policy.profiles: {name!r} is not one of {', '.join(PROFILES)}")
    return PROFILES[name]


def _tighten(profile: Policy, settings: Mapping[str, Any]) -> Policy:
    grant_types = profile.grant_types
    if _member(settings, "password_grant", bool, False):
        grant_types |= {"password"}
    with_objects = _member(settings, "request_objects", bool, True)
    pkce = _member(settings, "pkce", str, profile.pkce)
    if pkce not in ("public", "all"):
        raise InvalidPolicy("policy.pkce: must be public or all")
    return replace(
        profile,
        grant_types=grant_types,
        signing_algs=_signing_algs(settings, profile),
        request_object_signing_algs=profile.request_object_signing_algs if with_objects else (),
        request_uris=profile.request_uris and with_objects,
        request_object_encryption=with_objects
        and _member(settings, "request_object_encryption", bool, False),
        pkce="all" if "all" in (pkce, profile.pkce) else "public",
        session_refresh=_member(settings, "session_refresh", bool, profile.session_refresh),
        code_lifetime=_lifetime(
            settings, "code_lifetime", profile.code_lifetime, MAX_CODE_LIFETIME
        ),
        access_token_lifetime=_lifetime(
            settings, "access_token_lifetime", profile.access_token_lifetime, timedelta(days=1)
        ),
        refresh_token_lifetime=_lifetime(
            settings, "refresh_token_lifetime", profile.refresh_token_lifetime, timedelta(days=3650)
        ),
        registration_page=_registration_page(settings),
        mfa=_mfa(settings),
        mfa_required_roles=_roles(settings, "mfa_required_roles"),
        trusted_device_lifetime=_days(settings, "trusted_device_days", 30),
    )


def _signing_algs(settings: Mapping[str, Any], profile: Policy) -> tuple[str, ...]:
    algs = settings.get("signing_algs")
    if algs is None:
        return profile.signing_algs
    if not _is_list(algs) or not algs or not set(algs) <= set(SIGNING_ALGS):
        raise InvalidPolicy(
            f"policy.signing_algs: a list of {', '.join(SIGNING_ALGS)}, first the default"
        )
    return tuple(dict.fromkeys(algs))


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _member(settings: Mapping[str, Any], name: str, kind: type[T], default: T) -> T:
    value = settings.get(name)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise InvalidPolicy(f"policy.{name}: must be a {kind.__name__}")
    return value


def _registration_page(settings: Mapping[str, Any]) -> str | None:
    """The operator's page, else ours if people may register themselves."""
    is_open = _member(settings, "registration_enabled", bool, False)
    return _page(settings, "registration_page") or (REGISTRATION_PAGE if is_open else None)


def _page(settings: Mapping[str, Any], name: str) -> str | None:
    """A page of the operator's, to which people are sent."""
    value = settings.get(name)
    if value is None:
        return None
    try:
        # A path is joined to the issuer; two slashes would begin another host.
        is_path = str(value).startswith("/") and not str(value).startswith("//")
        parts = split_canonical(f"https://issuer.invalid{value}" if is_path else str(value))
    except ValueError:
        parts = None
    if parts is None or not (parts.scheme == "https" or is_loopback(parts.hostname or "")):
        raise InvalidPolicy(f"policy.{name}: must be an https URL, or a path below the issuer")
    return str(value)


def _mfa(settings: Mapping[str, Any]) -> Mfa:
    value = _member(settings, "mfa", str, "optional")
    if value not in ("optional", "required"):
        raise InvalidPolicy("policy.mfa: must be optional or required")
    return "required" if value == "required" else "optional"


def _roles(settings: Mapping[str, Any], name: str) -> frozenset[str]:
    value = settings.get(name)
    if value is None:
        return frozenset()
    if not _is_list(value) or not all(isinstance(role, str) for role in value):
        raise InvalidPolicy(f"policy.{name}: must be a list of roles")
    return frozenset(value)


def _days(settings: Mapping[str, Any], name: str, default: int) -> timedelta | None:
    """A number of days; None for 0, which forbids."""
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 365:
        raise InvalidPolicy(f"policy.{name}: whole days from 0 (never) to 365")
    return timedelta(days=value) if value else None


def _lifetime(
    settings: Mapping[str, Any], name: str, default: timedelta, longest: timedelta
) -> timedelta:
    value = settings.get(name)
    if value is None:
        return default
    seconds = int(longest.total_seconds())
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= seconds:
        raise InvalidPolicy(f"policy.{name}: whole seconds from 1 to {seconds}")
    return timedelta(seconds=value)
