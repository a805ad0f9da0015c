"""Issuing tokens: first everything is decided, then kept in one write, then signed.

Signing comes last because no row lock may be held meanwhile, and because a response is only
built for what is stored.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authwell.protocol import resources, scopes
from authwell.protocol.clients import encryption
from authwell.protocol.jose.encryption import Recipient
from authwell.protocol.model import Client, Grant
from authwell.protocol.records import NewAccessToken, NewRefreshToken
from authwell.protocol.resources import Audience
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import access_token, id_token
from authwell.utils.randomness import digest, new_secret

OPAQUE_PREFIX = "awa"
REFRESH_PREFIX = "awr"

TokenResponse = dict[str, Any]
"""The members of RFC 6749 section 5.1."""


@dataclass(frozen=True, slots=True)
class PreparedTokens:
    """Tokens that are decided but neither kept nor signed.

    Attributes:
        grant: None for a client that acts for itself.
        opaque: the access token itself where it is a random string, with the row to keep.
        refresh_token: the token itself, with the row to keep.
        recipient: whom the ID token is encrypted to, if the client wants that.
    """

    client: Client
    grant: Grant | None
    audience: Audience
    scope: frozenset[str]
    expires_at: datetime
    opaque: str | None = None
    new_access_token: NewAccessToken | None = None
    refresh_token: str | None = None
    new_refresh_token: NewRefreshToken | None = None
    recipient: Recipient | None = None


def prepare(
    server: AuthorizationServer,
    client: Client,
    grant: Grant | None,
    scope: frozenset[str],
    asked_resources: tuple[str, ...],
    *,
    with_refresh_token: bool,
    through_browser: bool = False,
) -> PreparedTokens:
    """Decide the tokens of one response.

    Args:
        asked_resources: `resource` of the token request, proven; without it those of the grant.

    Raises:
        NoEncryptionKey: there will be an ID token, and the client has no key for it.
    """
    audience = resources.audience(server.tenant, client, asked_resources, scope)
    if through_browser:
        audience = resources.for_the_browser(server.tenant, client, audience)
    expires_at = _expiry(server.now, audience.lifetime, grant)
    opaque = new_secret(OPAQUE_PREFIX) if audience.format == "opaque" else None
    refresh = new_secret(REFRESH_PREFIX) if with_refresh_token and grant else None
    return PreparedTokens(
        client=client,
        grant=grant,
        audience=audience,
        scope=scope,
        expires_at=expires_at,
        opaque=opaque,
        new_access_token=NewAccessToken(
            digest=digest(opaque),
            client_id=client.client_id,
            grant_id=grant.id if grant else None,
            scope=scope,
            audience=audience.identifiers,
            created_at=server.now,
            expires_at=expires_at,
        )
        if opaque
        else None,
        refresh_token=refresh,
        new_refresh_token=NewRefreshToken(digest(refresh), grant.expires_at)
        if refresh and grant
        else None,
        recipient=encryption.recipient(server, client, client.id_token_encryption)
        if grant and "openid" in scope
        else None,
    )


def sign(
    server: AuthorizationServer, prepared: PreparedTokens, nonce: str | None = None
) -> TokenResponse:
    """The response of RFC 6749 section 5.1, with an ID token where `openid` was granted."""
    response = sign_access_token(server, prepared)
    if prepared.refresh_token is not None:
        response["refresh_token"] = prepared.refresh_token
    if prepared.grant is not None and "openid" in prepared.scope:
        companions = id_token.Companions(nonce=nonce, access_token=response["access_token"])
        signed = id_token.sign(server, prepared.client, prepared.grant, companions)
        response["id_token"] = id_token.sealed(signed, prepared.recipient)
    return response


def sign_access_token(server: AuthorizationServer, prepared: PreparedTokens) -> TokenResponse:
    """The access token with what the client must know of it."""
    return {
        "access_token": prepared.opaque or access_token.sign(server, prepared_claims(prepared)),
        "token_type": "Bearer",
        "expires_in": int((prepared.expires_at - server.now).total_seconds()),
        "scope": scopes.serialize(prepared.scope),
    }


def prepared_claims(prepared: PreparedTokens) -> access_token.Content:
    """What the access token says."""
    return access_token.Content(
        client=prepared.client,
        grant=prepared.grant,
        audience=prepared.audience,
        scope=prepared.scope,
        expires_at=prepared.expires_at,
    )


def wants_refresh_token(client: Client, scope: frozenset[str]) -> bool:
    """Whether the client gets a refresh token with this scope.

    With `offline_access` one that outlives the session, else one bound to it, if the policy
    has these (OpenID Connect Core section 11).
    """
    if "refresh_token" not in client.grant_types:
        return False
    return "offline_access" in scope or client.policy.session_refresh


def _expiry(now: datetime, lifetime: timedelta, grant: Grant | None) -> datetime:
    if grant is None:
        return now + lifetime
    return min(now + lifetime, grant.expires_at)
