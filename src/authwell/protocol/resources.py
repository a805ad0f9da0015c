"""Which audience a token gets, and which format that audience wants (RFC 8707, RFC 9068)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

from authwell.protocol.errors import InvalidScope, InvalidTarget
from authwell.protocol.model import Client, Grant, Resource, Tenant, TokenFormat
from authwell.protocol.scopes import API_SCOPES, BUILT_IN


@dataclass(frozen=True, slots=True)
class Audience:
    """For whom an access token is, and how it must look to them."""

    identifiers: tuple[str, ...]
    format: TokenFormat
    alg: str
    lifetime: timedelta


def requested(tenant: Tenant, client: Client, identifiers: tuple[str, ...]) -> tuple[str, ...]:
    """The resources of a request, each known and allowed for the client (RFC 8707 section 2).

    Raises:
        InvalidTarget: not an absolute URI without fragment, unknown, or not allowed.
    """
    for identifier in identifiers:
        parts = _split(identifier)
        if parts is None:
            raise InvalidTarget("resource must be an absolute URI without a fragment.")
        if _find(tenant, identifier) is None or not _is_allowed(tenant, client, identifier):
            raise InvalidTarget(
                "The resource is unknown or not allowed for this client.",
                reason=f"resource {identifier}",
                rule="resource_not_allowed",
            )
    return identifiers


def narrowed(
    tenant: Tenant, client: Client, asked: tuple[str, ...], grant: Grant
) -> tuple[str, ...]:
    """The resources of a token request: a subset of those of the grant.

    A grant that names none is for the owners of its scope, and for nobody whom the person
    was not told of.

    Raises:
        InvalidTarget: one was not granted (RFC 8707 section 2.2).
    """
    if not asked:
        return grant.resources
    granted = grant.resources or audience(tenant, client, (), grant.scope).identifiers
    if not set(asked) <= set(granted):
        raise InvalidTarget("The resource was not part of the grant.", rule="resource_not_granted")
    return asked


def audience(
    tenant: Tenant, client: Client, resources: tuple[str, ...], scope: frozenset[str]
) -> Audience:
    """The audience of a token: the resources asked for, else those that own its scope, else us.

    With `openid` the issuer is added last, because userinfo demands it.
    """
    identifiers = resources or _owners(tenant, client, scope) or (tenant.issuer,)
    if "openid" in scope and tenant.issuer not in identifiers:
        identifiers = (*identifiers, tenant.issuer)
    wanted = [found for name in identifiers if (found := _find(tenant, name)) is not None]
    return Audience(
        identifiers=identifiers,
        format=_format(client, wanted),
        alg=_alg(tenant, client, wanted),
        lifetime=_lifetime(client, wanted),
    )


def for_the_browser(tenant: Tenant, client: Client, audience: Audience) -> Audience:
    """The audience of a token that the authorization endpoint gives.

    One that nobody but userinfo reads is opaque unless the client is registered for another: it
    needs no signature, and what travels through a browser can then be ended at once.
    """
    is_ours = audience.identifiers == (tenant.issuer,)
    return replace(audience, format=client.access_token_format or "opaque") if is_ours else audience


def is_always_signed(tenant: Tenant, client: Client) -> bool:
    """Whether the client's access tokens are JWTs as long as no resource is asked for."""
    owners = (tenant.resources.get(name) for name in _owners(tenant, client, client.scope))
    return _format(client, [owner for owner in owners if owner is not None]) == "jwt"


def require_own_scope(tenant: Tenant, resources: tuple[str, ...], scope: frozenset[str]) -> None:
    """Check that scopes of our own APIs are not sent to somebody else's audience.

    Raises:
        InvalidScope: `admin` or `account` without the built-in resource.
    """
    if scope & API_SCOPES.keys() and resources and tenant.api not in resources:
        raise InvalidScope("The scope belongs to another resource.", rule="scope_of_other_resource")


def _split(identifier: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(identifier)
    except ValueError:
        return None
    if not parts.scheme or "#" in identifier or not (parts.netloc or parts.path):
        return None
    return parts.scheme, parts.netloc


def _find(tenant: Tenant, identifier: str) -> Resource | None:
    if identifier == tenant.api:
        return Resource(tenant.api, "Authwell", frozenset(API_SCOPES))
    if identifier == tenant.issuer:
        return Resource(tenant.issuer, tenant.name, frozenset())
    return tenant.resources.get(identifier)


def _is_allowed(tenant: Tenant, client: Client, identifier: str) -> bool:
    if identifier == tenant.api:
        return bool(client.scope & API_SCOPES.keys())
    return not client.allowed_resources or identifier in client.allowed_resources


def _owners(tenant: Tenant, client: Client, scope: frozenset[str]) -> tuple[str, ...]:
    of_others = scope - BUILT_IN
    owners = [
        resource.identifier
        for resource in tenant.resources.values()
        if resource.scope & of_others and _is_allowed(tenant, client, resource.identifier)
    ]
    if scope & API_SCOPES.keys():
        owners.append(tenant.api)
    return tuple(owners)


def _format(client: Client, wanted: list[Resource]) -> TokenFormat:
    formats = {resource.access_token_format or "jwt" for resource in wanted}
    if client.access_token_format == "opaque" or "opaque" in formats:
        return "opaque"
    return "jwt"


def _alg(tenant: Tenant, client: Client, wanted: list[Resource]) -> str:
    algs = {found.access_token_signing_alg for found in wanted} - {None}
    if len(algs) == 1:
        alg = algs.pop()
    elif algs:
        alg = None
    else:
        alg = client.access_token_signing_alg
    allowed = client.policy.signing_algs
    return alg if alg in allowed else tenant.policy.signing_algs[0]


def _lifetime(client: Client, wanted: list[Resource]) -> timedelta:
    own = client.access_token_lifetime or client.policy.access_token_lifetime
    lifetimes = [found.access_token_lifetime for found in wanted if found.access_token_lifetime]
    return min([own, *lifetimes])
