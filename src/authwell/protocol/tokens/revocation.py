"""Token revocation (RFC 7009)."""

from datetime import UTC, datetime

from authwell.protocol.clients.authentication import EndpointRequest, authenticate
from authwell.protocol.errors import InvalidToken
from authwell.protocol.events import EventType
from authwell.protocol.model import Client
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import access_token
from authwell.protocol.tokens.issue import REFRESH_PREFIX
from authwell.utils.randomness import digest


def revoke(server: AuthorizationServer, request: EndpointRequest) -> None:
    """End a token of the client: a refresh token with its whole grant, an access token alone.

    A token that is unknown, ended or another client's changes nothing and is answered alike
    (RFC 7009 section 2.2).

    Raises:
        InvalidClient: client authentication failed.
        InvalidRequest: no `token`.
    """
    client = authenticate(server, request)
    token = request.params.required("token")
    if token.startswith(f"{REFRESH_PREFIX}_"):
        _refresh_token(server, client, token)
    elif token.count(".") == 2:
        _signed(server, client, token)
    else:
        _opaque(server, client, token)


def _refresh_token(server: AuthorizationServer, client: Client, token: str) -> None:
    event = server.event(EventType.GRANT_REVOKED, client=client)
    server.store.refresh_tokens.revoke(
        server.tenant.id, client.client_id, digest(token), "revoked_by_client", event
    )


def _signed(server: AuthorizationServer, client: Client, token: str) -> None:
    try:
        claims = access_token.verify(server, token)
    except InvalidToken:
        return
    if claims["client_id"] != client.client_id:
        return
    expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    jti = str(claims["jti"])
    event = server.event(EventType.ACCESS_TOKEN_REVOKED, client=client, data={"jti": jti})
    server.store.access_tokens.deny(server.tenant.id, jti, expires_at, event)


def _opaque(server: AuthorizationServer, client: Client, token: str) -> None:
    record = server.store.access_tokens.find(server.tenant.id, digest(token), server.now)
    if record is None or record.client_id != client.client_id or record.ended is not None:
        return
    event = server.event(EventType.ACCESS_TOKEN_REVOKED, client=client, grant=record.grant)
    server.store.access_tokens.revoke(server.tenant.id, record.digest, server.now, event)
