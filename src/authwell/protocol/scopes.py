"""Scope values: syntax, registration and what a request may get (RFC 6749 section 3.3)."""

import re

from authwell.protocol.access import ADMIN
from authwell.protocol.errors import InvalidScope
from authwell.protocol.model import Account, Client, Tenant
from authwell.protocol.server import AuthorizationServer

OPENID_SCOPES = {
    "openid": "Sign you in",
    "profile": "See your name and profile",
    "email": "See your email address",
    "address": "See your postal address",
    "phone": "See your phone number",
    "offline_access": "Keep access while you are away",
}
"""Scopes that every tenant has (OpenID Connect Core sections 5.4 and 11)."""

API_SCOPES = {
    "account": "See and change your account",
    "admin": "Administer this server",
}
"""Scopes of our own APIs, the built-in resource."""

ACCESS_SCOPES = {
    "roles": "See your roles",
    "groups": "See the groups you belong to",
    "permissions": "See what you may do",
}
"""Scopes that tell the claims of their names (RFC 9068 section 2.2.3.1)."""

BUILT_IN = frozenset(OPENID_SCOPES).union(API_SCOPES, ACCESS_SCOPES)
"""What nobody else may own: who owned `admin` would be an audience of administrators' tokens."""

_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


def parse(value: str | None) -> frozenset[str]:
    """The scope of a parameter.

    Raises:
        InvalidScope: a token has a character that RFC 6749 section 3.3 forbids.
    """
    tokens = value.split(" ") if value else []
    for token in tokens:
        if token and not _SCOPE_TOKEN.fullmatch(token):
            raise InvalidScope("The scope has characters that are not allowed.")
    return frozenset(token for token in tokens if token)


def serialize(scope: frozenset[str]) -> str:
    """A scope as one string, `openid` first, so that the same scope is the same string."""
    return " ".join(sorted(scope, key=lambda name: (name != "openid", name)))


def known(tenant: Tenant) -> frozenset[str]:
    """Every scope that the tenant knows."""
    owned = (resource.scope for resource in tenant.resources.values())
    return BUILT_IN.union(tenant.scopes, *owned)


def held_by(server: AuthorizationServer, account: Account, scope: frozenset[str]) -> frozenset[str]:
    """The scope without what the account may not have: `admin` needs a permission to administer."""
    if ADMIN not in scope or administers(server, account):
        return scope
    return scope - {ADMIN}


def administers(server: AuthorizationServer, account: Account) -> bool:
    """Whether the account holds any administrative permission."""
    return server.store.access.of(server.tenant, account).is_administrator


def requested(client: Client, value: str | None) -> frozenset[str]:
    """The scope that the client asks for: at most what it is registered for.

    Raises:
        InvalidScope: more than that.
    """
    scope = parse(value)
    surplus = scope - client.scope
    if surplus:
        raise InvalidScope(
            "The client is not registered for a requested scope.",
            reason=f"not registered: {serialize(frozenset(surplus))}",
            rule="scope_not_registered",
        )
    return scope
