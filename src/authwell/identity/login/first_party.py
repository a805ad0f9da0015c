"""The tokens of our own login: those of the built-in client, bound to the session (C2, K8).

They are issued, rotated and ended by the engine like everybody's, so `/oauth/introspect` and
`/oauth/revoke` know them too (document 004's way from its own tokens to OAuth).
"""

from dataclasses import dataclass

from authwell.identity.access.scope import allowed_scope
from authwell.protocol.access import ADMIN
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.clients.built_in import CLIENT_ID
from authwell.protocol.errors import InvalidGrant
from authwell.protocol.events import EventType
from authwell.protocol.grants.refresh_token import refresh
from authwell.protocol.model import Client, Grant, Session
from authwell.protocol.params import Params
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import issue
from authwell.utils.randomness import digest, new_id


@dataclass(frozen=True, slots=True)
class Tokens:
    """A token response, and the grant that it came from."""

    response: issue.TokenResponse
    grant: Grant


def issue_tokens(server: AuthorizationServer, session: Session) -> Tokens:
    """Tokens for our own API; they end with the session, whichever way it ends."""
    client = _client(server)
    scope = allowed_scope(server, session.account, frozenset({"account", ADMIN}))
    grant = _grant(server, client, session, scope)
    prepared = issue.prepare(server, client, grant, scope, (), with_refresh_token=True)
    event = server.event(EventType.TOKENS_ISSUED, client=client, grant=grant)
    server.store.grants.start(grant, event, prepared.new_refresh_token, prepared.new_access_token)
    return Tokens(issue.sign(server, prepared), grant)


def renew_tokens(server: AuthorizationServer, refresh_token: str) -> Tokens:
    """New tokens for a refresh token, which is used up (RFC 6749 section 6).

    Raises:
        InvalidGrant: unknown, expired, ended, another client's, or used before.
    """
    request = EndpointRequest(Params.of({"refresh_token": refresh_token}))
    response = refresh(server, _client(server), request)
    successor = digest(response["refresh_token"])
    record = server.store.refresh_tokens.find(server.tenant.id, successor, server.now)
    if record is None:
        raise InvalidGrant("The refresh token is unknown or expired.", rule="refresh_token_unknown")
    return Tokens(response, record.grant)


def _client(server: AuthorizationServer) -> Client:
    client = server.clients.find(CLIENT_ID)
    if client is None:
        raise LookupError(CLIENT_ID)
    return client


def _grant(
    server: AuthorizationServer, client: Client, session: Session, scope: frozenset[str]
) -> Grant:
    return Grant(
        id=new_id(server.now),
        tenant_id=server.tenant.id,
        client_id=client.client_id,
        account=session.account,
        scope=scope,
        resources=(),
        created_at=server.now,
        expires_at=server.now + client.policy.refresh_token_lifetime,
        session_id=session.id,
        auth_time=session.auth_time,
        amr=session.amr,
        acr=session.acr,
    )
