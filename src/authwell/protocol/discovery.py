"""Server metadata, generated from what the tenant's policies allow (RFC 8414, OpenID Connect
Discovery).
"""

from typing import Any

from authwell.protocol import authentication_context, claims, scopes, session_state
from authwell.protocol.authorization.checks import DISPLAYS, PROMPTS
from authwell.protocol.model import Tenant
from authwell.protocol.policy import ENCRYPTION_ALGS, ENCRYPTION_ENCS, Policy

PATHS = {
    "authorization_endpoint": "/oauth/authorize",
    "token_endpoint": "/oauth/token",
    "introspection_endpoint": "/oauth/introspect",
    "revocation_endpoint": "/oauth/revoke",
    "userinfo_endpoint": "/oauth/userinfo",
    "end_session_endpoint": "/oauth/logout",
    "jwks_uri": "/.well-known/jwks.json",
}
"""Paths below the issuer, by metadata name."""

CHECK_SESSION = "/oauth/session"
"""That of `check_session_iframe`, where it exists."""

REGISTRATION = "/oauth/register"
"""There only where clients may register themselves."""


def metadata(
    tenant: Tenant, *, locales: tuple[str, ...], without: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The metadata document; what it lists is accepted, what it leaves out is refused.

    Args:
        locales: languages of the pages (BCP 47).
        without: names of endpoints that are switched off.
    """
    policies = list(tenant.policies.values())
    auth_methods = _union(policies, "auth_methods")
    signing_algs = _signing_algs(policies)
    with_secret = [method for method in auth_methods if method != "none"]
    document: dict[str, Any] = {"issuer": tenant.issuer}
    for name, path in PATHS.items():
        if name not in without:
            document[name] = f"{tenant.issuer}{path}"
    if tenant.registration.mode != "off":
        document["registration_endpoint"] = f"{tenant.issuer}{REGISTRATION}"
    if session_state.is_offered(tenant):
        document["check_session_iframe"] = f"{tenant.issuer}{CHECK_SESSION}"
    document |= _assertion_algs(policies, without)
    document |= {
        "response_types_supported": _union(policies, "response_types"),
        "response_modes_supported": _union(policies, "response_modes"),
        "grant_types_supported": _union(policies, "grant_types"),
        "token_endpoint_auth_methods_supported": auth_methods,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "revocation_endpoint_auth_methods_supported": auth_methods,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "scopes_supported": sorted(scopes.known(tenant), key=lambda name: (name != "openid", name)),
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": signing_algs,
        "userinfo_signing_alg_values_supported": signing_algs,
        **_encryption("id_token"),
        **_encryption("userinfo"),
        "claim_types_supported": ["normal"],
        "claims_supported": [
            *("sub", "iss", "auth_time", "acr", "amr"),
            *claims.STANDARD_CLAIMS,
            *scopes.ACCESS_SCOPES,
        ],
        "claims_parameter_supported": True,
        "acr_values_supported": list(authentication_context.CLASSES),
        **_request_objects(policies),
        "prompt_values_supported": sorted(PROMPTS - _without_page(policies)),
        "display_values_supported": sorted(DISPLAYS),
        "ui_locales_supported": list(locales),
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
    }
    for name in ("introspection_endpoint", "revocation_endpoint"):
        if name in without:
            del document[f"{name}_auth_methods_supported"]
    return document


def _assertion_algs(policies: list[Policy], without: frozenset[str]) -> dict[str, list[str]]:
    """Signing algorithms of private_key_jwt and client_secret_jwt (RFC 8414 section 2)."""
    algs = list(dict.fromkeys(alg for policy in policies for alg in policy.auth_signing_algs))
    return {
        f"{endpoint}_auth_signing_alg_values_supported": algs
        for endpoint in ("token_endpoint", "introspection_endpoint", "revocation_endpoint")
        if endpoint not in without
    }


def _without_page(policies: list[Policy]) -> frozenset[str]:
    """Prompts that lead to a page which the tenant does not have."""
    has_page = any(policy.registration_page for policy in policies)
    return frozenset() if has_page else frozenset({"create"})


def _encryption(what: str) -> dict[str, list[str]]:
    return {
        f"{what}_encryption_alg_values_supported": list(ENCRYPTION_ALGS),
        f"{what}_encryption_enc_values_supported": list(ENCRYPTION_ENCS),
    }


def _request_objects(policies: list[Policy]) -> dict[str, Any]:
    """RFC 9101 section 10.5, Discovery section 3. `none` is not promised: a client has to be
    registered for it.
    """
    algs = dict.fromkeys(alg for policy in policies for alg in policy.request_object_signing_algs)
    described: dict[str, Any] = {
        "request_parameter_supported": bool(algs),
        "request_uri_parameter_supported": any(policy.request_uris for policy in policies),
    }
    if algs:
        described["request_object_signing_alg_values_supported"] = list(algs)
    if any(policy.request_object_encryption for policy in policies):
        described |= _encryption("request_object")
    if described["request_uri_parameter_supported"]:
        described["require_request_uri_registration"] = True
    return described


def _union(policies: list[Policy], member: str) -> list[str]:
    return sorted({value for policy in policies for value in getattr(policy, member)})


def _signing_algs(policies: list[Policy]) -> list[str]:
    """In the order of preference, RS256 always among them (Discovery section 3)."""
    return list(dict.fromkeys(alg for policy in policies for alg in policy.signing_algs))
