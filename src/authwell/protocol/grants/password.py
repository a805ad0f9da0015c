"""The resource owner password credentials grant (RFC 6749 section 4.3).

RFC 9700 section 2.4 forbids it; it exists for migrations only, off unless the tenant's policy
and the client's registration both say so.
"""

from authwell.protocol import authentication_context, resources, scopes
from authwell.protocol.authorization.interaction import grantable
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.errors import InvalidGrant, UnauthorizedClient
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Client, Grant
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import issue
from authwell.utils.randomness import new_id

METHODS = ("pwd",)
"""How the person authenticated (RFC 8176)."""


def password(
    server: AuthorizationServer, client: Client, request: EndpointRequest
) -> issue.TokenResponse:
    """Tokens for the person whose name and password the client sends.

    Raises:
        UnauthorizedClient: the client has not the flag `password_grant`.
        InvalidGrant: name and password do not belong together, or the account is locked.
        InvalidScope, InvalidTarget: as everywhere.
    """
    if not client.password_grant:
        raise UnauthorizedClient("The client is not registered for this grant.")
    params = request.params
    scope = grantable(client, scopes.requested(client, params.optional("scope")))
    asked = resources.requested(server.tenant, client, params.resources)
    resources.require_own_scope(server.tenant, asked, scope)
    account = server.people.authenticate_password(
        params.required("username"), params.required("password")
    )
    if account is None:
        raise InvalidGrant("The user name or the password is wrong.", rule="password_wrong")
    scope = scopes.held_by(server, account, scope)
    grant = _new_grant(server, client, account, scope, asked)
    prepared = issue.prepare(
        server,
        client,
        grant,
        scope,
        asked,
        with_refresh_token=issue.wants_refresh_token(client, scope),
    )
    event = server.event(EventType.PASSWORD_GRANT_USED, client=client, grant=grant)
    server.store.grants.start(grant, event, prepared.new_refresh_token, prepared.new_access_token)
    return issue.sign(server, prepared)


def _new_grant(
    server: AuthorizationServer,
    client: Client,
    account: Account,
    scope: frozenset[str],
    asked: tuple[str, ...],
) -> Grant:
    return Grant(
        id=new_id(server.now),
        tenant_id=server.tenant.id,
        client_id=client.client_id,
        account=account,
        scope=scope,
        resources=asked,
        created_at=server.now,
        expires_at=server.now + client.policy.refresh_token_lifetime,
        auth_time=server.now,
        amr=METHODS,
        acr=authentication_context.reached(METHODS),
        offline="offline_access" in scope,
    )
