"""Token introspection (RFC 7662)."""

from typing import Any

from authwell.protocol import held_claims, scopes, subjects
from authwell.protocol.clients.authentication import EndpointRequest, authenticate
from authwell.protocol.errors import InvalidClient, InvalidToken
from authwell.protocol.model import Client
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import access_token
from authwell.protocol.tokens.issue import REFRESH_PREFIX
from authwell.utils.randomness import digest

INACTIVE: dict[str, Any] = {"active": False}


def introspect(server: AuthorizationServer, request: EndpointRequest) -> dict[str, Any]:
    """What the token says, for a client that may see it; `{"active": false}` for all others.

    A token that does not stand, a foreign one and one that the client may not see cannot be
    told apart (RFC 7662 section 2.2).

    Raises:
        InvalidClient: no client authentication, or a public client.
        InvalidRequest: no `token`.
    """
    client = authenticate(server, request)
    if client.is_public:
        raise InvalidClient(
            "Only clients that can keep a secret may introspect.", rule="public_client_introspects"
        )
    token = request.params.required("token")
    if token.startswith(f"{REFRESH_PREFIX}_"):
        return _refresh_token(server, client, token)
    try:
        found = access_token.read(server, token)
    except InvalidToken:
        return INACTIVE
    if not _may_see(server, client, found):
        return INACTIVE
    return _describe(server, found)


def _describe(server: AuthorizationServer, found: access_token.AccessToken) -> dict[str, Any]:
    audience = found.audience
    answer: dict[str, Any] = {
        "active": True,
        "iss": server.issuer,
        "sub": found.subject,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": found.client_id,
        "scope": scopes.serialize(found.scope),
        "token_type": "Bearer",
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
    }
    if found.jti is not None:
        answer["jti"] = found.jti
    if found.grant is not None and found.grant.account is not None:
        if found.subject == found.grant.account.id:
            # To whom a person is pairwise, a name that all others use too would undo it.
            answer["username"] = found.grant.account.username
        if found.grant.auth_time is not None:
            answer["auth_time"] = int(found.grant.auth_time.timestamp())
        answer |= held_claims.about(server, found.grant.account, found.scope)
    return answer


def _may_see(server: AuthorizationServer, client: Client, token: access_token.AccessToken) -> bool:
    """Its own client, the resource servers of its audience, and whom an administrator trusts."""
    if client.client_id == token.client_id or client.introspection == "tenant":
        return True
    return any(
        client.client_id in resource.introspection_clients
        for name in token.audience
        if (resource := server.tenant.resources.get(name)) is not None
    )


def _refresh_token(server: AuthorizationServer, client: Client, token: str) -> dict[str, Any]:
    """Refresh tokens are nobody's business but their own client's."""
    record = server.store.refresh_tokens.find(server.tenant.id, digest(token), server.now)
    if record is None or record.client_id != client.client_id:
        return INACTIVE
    grant = record.grant
    if record.used_at is not None or record.expires_at <= server.now or grant.ended is not None:
        return INACTIVE
    answer: dict[str, Any] = {
        "active": True,
        "iss": server.issuer,
        "client_id": client.client_id,
        "scope": scopes.serialize(grant.scope),
        "token_type": "refresh_token",
        "iat": int(record.created_at.timestamp()),
        "exp": int(record.expires_at.timestamp()),
    }
    if grant.account is not None:
        answer["sub"] = subjects.of(client, grant.account)
        if client.sector is None:
            answer["username"] = grant.account.username
    return answer
