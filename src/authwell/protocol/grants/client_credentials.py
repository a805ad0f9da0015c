"""The client credentials grant (RFC 6749 section 4.4)."""

from authwell.protocol import resources, scopes
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.errors import UnauthorizedClient
from authwell.protocol.model import Client
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import issue


def client_credentials(
    server: AuthorizationServer, client: Client, request: EndpointRequest
) -> issue.TokenResponse:
    """A token for the client itself; a signed one writes nothing at all.

    Scopes about a person are left out, because there is none: the response says so
    (RFC 6749 section 3.3).

    Raises:
        UnauthorizedClient: a public client, which proves nothing.
        InvalidScope: not registered for the scope.
        InvalidTarget: not allowed for the resource.
    """
    if client.is_public:
        raise UnauthorizedClient("The client cannot authenticate itself.", rule="public_client")
    scope = granted_scope(client, request.params.optional("scope"))
    asked = resources.requested(server.tenant, client, request.params.resources)
    resources.require_own_scope(server.tenant, asked, scope)
    prepared = issue.prepare(server, client, None, scope, asked, with_refresh_token=False)
    if prepared.new_access_token is not None:
        server.store.access_tokens.issue(server.tenant.id, prepared.new_access_token)
    return issue.sign(server, prepared)


def granted_scope(client: Client, value: str | None) -> frozenset[str]:
    """What a client gets for itself. Without `scope`: all that is registered but for our own APIs, which must be asked for."""
    if value is None:
        return client.scope - scopes.OPENID_SCOPES.keys() - scopes.API_SCOPES.keys()
    return scopes.requested(client, value) - scopes.OPENID_SCOPES.keys()
