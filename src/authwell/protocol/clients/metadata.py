"""The client that metadata describe, under the policy of its profile (RFC 7591 section 2).

`authwell apply`, the clients API and the command line all pass through `read_client`, so a
client that exists has been checked by these rules and no others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from authwell.protocol import response_types, scopes
from authwell.protocol.clients import redirect_uris
from authwell.protocol.clients.consistency import check_consistent
from authwell.protocol.clients.members import MEMBERS, PAGES
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.clients.registration_policy import Origin
from authwell.protocol.jose import client_keys
from authwell.protocol.model import Client, ClientSecret, Encryption
from authwell.protocol.policy import ENCRYPTION_ENCS, Policy

_AS_REGISTERED: Final = (
    *("jwks", "jwks_uri"),
    *("request_uris", "require_signed_request_object"),
    *("application_type", "introspection", "password_grant"),
    *("access_token_format", "access_token_lifetime"),
    *("default_max_age", "require_auth_time", "default_acr_values"),
    *("initiate_login_uri", "backchannel_logout_uri", "frontchannel_logout_uri"),
)
"""Members whose values are the client's, of the same name; it has their defaults itself."""


@dataclass(frozen=True, slots=True)
class Registration:
    """Where a client's metadata are read for: its tenant and what the row knows beside them."""

    tenant_id: str
    policies: Mapping[str, Policy]
    secrets: tuple[ClientSecret, ...] = ()
    status: str = "active"
    not_before: datetime | None = None
    pairwise_key: bytes | None = field(default=None, repr=False)
    """The tenant's, for a client that will be served and not only checked."""
    registered_by: Origin = "administrator"


def read_client(metadata: Mapping[str, Any], registration: Registration) -> Client:
    """The client that the metadata describe; members that are null or unknown are ignored.

    Raises:
        InvalidClientMetadata: a member is malformed, or its policy does not allow it.
    """
    values = _values(metadata)
    policy = _policy(values, registration)
    grant_types = _grant_types(values, policy)
    client = Client(
        tenant_id=registration.tenant_id,
        client_id=values["client_id"],
        name=values.get("client_name", values["client_id"]),
        policy=policy,
        secrets=registration.secrets,
        token_endpoint_auth_method=_auth_method(values, policy),
        token_endpoint_auth_signing_alg=_assertion_alg(values),
        request_object_signing_alg=_request_object_alg(values, policy),
        grant_types=grant_types,
        response_types=_response_types(values, policy, grant_types),
        redirect_uris=_redirect_uris(values, "redirect_uris"),
        post_logout_redirect_uris=frozenset(_redirect_uris(values, "post_logout_redirect_uris")),
        scope=values.get("scope", _default_scope(grant_types)),
        consent=_consent(values, registration),
        allowed_resources=frozenset(values.get("allowed_resources", ())),
        access_token_signing_alg=_alg(values, "access_token_signing_alg", policy),
        id_token_signed_response_alg=_alg(values, "id_token_signed_response_alg", policy)
        or _default_id_token_alg(policy),
        userinfo_signed_response_alg=_alg(values, "userinfo_signed_response_alg", policy),
        id_token_encryption=_encryption(values, "id_token_encrypted_response"),
        userinfo_encryption=_encryption(values, "userinfo_encrypted_response"),
        sector=_sector(values),
        pairwise_key=registration.pairwise_key,
        refresh_retry=values.get("refresh_retry_seconds", timedelta(seconds=10)),
        display={name: values[name] for name in PAGES if name in values},
        status="disabled" if registration.status == "disabled" else "active",
        not_before=registration.not_before,
        registered_by=registration.registered_by,
    )
    client = replace(client, **{name: values[name] for name in _AS_REGISTERED if name in values})
    check_consistent(client)
    return client


def _values(metadata: Mapping[str, Any]) -> dict[str, Any]:
    values = {
        name: read(name, metadata[name])
        for name, read in MEMBERS.items()
        if metadata.get(name) is not None
    }
    if "client_id" not in values:
        raise InvalidClientMetadata("client_id", "is missing")
    return values


def _policy(values: Mapping[str, Any], registration: Registration) -> Policy:
    name = values.get("profile") or next(iter(registration.policies))
    if name not in registration.policies:
        allowed = ", ".join(registration.policies)
        raise InvalidClientMetadata("profile", f"must be one of the tenant's: {allowed}")
    return registration.policies[name]


def _consent(
    values: Mapping[str, Any], registration: Registration
) -> Literal["required", "implicit"]:
    """Nobody vouches for a client that registered itself, so people are always asked."""
    is_implicit = values.get("consent") == "implicit"
    return (
        "implicit" if is_implicit and registration.registered_by == "administrator" else "required"
    )


def _auth_method(values: Mapping[str, Any], policy: Policy) -> str:
    method: str = values.get("token_endpoint_auth_method", "client_secret_basic")
    if method not in policy.auth_methods:
        allowed = ", ".join(sorted(policy.auth_methods))
        raise InvalidClientMetadata("token_endpoint_auth_method", f"must be one of {allowed}")
    return method


def _grant_types(values: Mapping[str, Any], policy: Policy) -> frozenset[str]:
    grant_types = frozenset(values.get("grant_types", ("authorization_code",)))
    # A client may list what its tenant switched off: the endpoint then refuses it.
    surplus = grant_types - policy.grant_types - {"password"}
    if surplus:
        allowed = ", ".join(sorted(policy.grant_types))
        raise InvalidClientMetadata("grant_types", f"must be of {allowed}")
    return grant_types


def _response_types(
    values: Mapping[str, Any], policy: Policy, grant_types: frozenset[str]
) -> frozenset[str]:
    default = ("code",) if "authorization_code" in grant_types else ()
    registered = frozenset(map(response_types.normal, values.get("response_types", default)))
    if not registered <= policy.response_types:
        allowed = ", ".join(sorted(policy.response_types))
        raise InvalidClientMetadata("response_types", f"must be of {allowed}")
    for response_type in sorted(registered):
        missing = sorted(response_types.grant_types(response_type) - grant_types)
        if missing:
            raise InvalidClientMetadata(
                "response_types", f"{response_type} needs the grant {' and '.join(missing)}"
            )
    return registered


def _redirect_uris(values: Mapping[str, Any], member: str) -> tuple[str, ...]:
    uris: tuple[str, ...] = values.get(member, ())
    for uri in uris:
        try:
            redirect_uris.check_registrable(uri, values.get("application_type", "web"))
        except redirect_uris.UnsafeUri as error:
            raise InvalidClientMetadata(member, f"{uri} {error}", "invalid_redirect_uri") from error
    return uris


def _sector(values: Mapping[str, Any]) -> str | None:
    """The host that pairwise subjects are made for (OpenID Connect Core section 8.1)."""
    if values.get("subject_type") != "pairwise":
        return None
    if "sector_identifier_uri" in values:
        return urlsplit(str(values["sector_identifier_uri"])).hostname
    hosts = {redirect_uris.public_host(str(uri)) for uri in values.get("redirect_uris", ())}
    host = hosts.pop() if len(hosts) == 1 else None
    if host is None:
        raise InvalidClientMetadata(
            "sector_identifier_uri",
            "is missing: pairwise subjects need it, or https redirect URIs of one public host",
        )
    return host


def _alg(values: Mapping[str, Any], member: str, policy: Policy) -> str | None:
    alg: str | None = values.get(member)
    if alg is not None and alg not in policy.signing_algs:
        allowed = ", ".join(policy.signing_algs)
        raise InvalidClientMetadata(member, f"must be one of {allowed}")
    return alg


def _encryption(values: Mapping[str, Any], members: str) -> Encryption | None:
    alg, enc = values.get(f"{members}_alg"), values.get(f"{members}_enc")
    if alg is None and enc is not None:
        raise InvalidClientMetadata(f"{members}_enc", f"stands alone; give {members}_alg too")
    return None if alg is None else Encryption(alg, enc or ENCRYPTION_ENCS[0])


def _assertion_alg(values: Mapping[str, Any]) -> str | None:
    alg: str | None = values.get("token_endpoint_auth_signing_alg")
    return alg if alg is None else client_keys.canonical_alg(alg)


def _request_object_alg(values: Mapping[str, Any], policy: Policy) -> str | None:
    """OpenID Connect Registration section 2; a tenant may have switched request objects off."""
    alg: str | None = values.get("request_object_signing_alg")
    # Said for our information: a client may encrypt or not, as it likes.
    _encryption(values, "request_object_encryption")
    if alg == "none" and not policy.unsigned_request_objects:
        raise InvalidClientMetadata("request_object_signing_alg", "must not be none")
    # What must be signed is not unsigned (RFC 9101 section 10.5).
    if alg == "none" and values.get("require_signed_request_object"):
        raise InvalidClientMetadata("request_object_signing_alg", "is none but must be signed")
    return alg if alg is None else client_keys.canonical_alg(alg)


def _default_id_token_alg(policy: Policy) -> str:
    """RS256 wherever it is allowed: relying parties expect it unless they said otherwise."""
    return "RS256" if "RS256" in policy.signing_algs else policy.signing_algs[0]


def _default_scope(grant_types: frozenset[str]) -> frozenset[str]:
    if grant_types & {"authorization_code", "implicit"}:
        return frozenset(scopes.OPENID_SCOPES)
    return frozenset()
