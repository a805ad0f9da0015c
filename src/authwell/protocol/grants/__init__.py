"""The token endpoint: its grant types as a table (RFC 6749 section 3.2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from authwell.protocol.clients.authentication import EndpointRequest, authenticate
from authwell.protocol.errors import InvalidRequest, UnauthorizedClient, UnsupportedGrantType
from authwell.protocol.grants.authorization_code import exchange_code
from authwell.protocol.grants.client_credentials import client_credentials
from authwell.protocol.grants.password import password
from authwell.protocol.grants.refresh_token import refresh
from authwell.protocol.model import Client
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens.issue import TokenResponse

GrantHandler = Callable[[AuthorizationServer, Client, EndpointRequest], TokenResponse]

GRANTS: Mapping[str, GrantHandler] = {
    "authorization_code": exchange_code,  # RFC 6749 section 4.1.3
    "refresh_token": refresh,  # RFC 6749 section 6
    "client_credentials": client_credentials,  # RFC 6749 section 4.4
    "password": password,  # RFC 6749 section 4.3, off by default
}


@dataclass(frozen=True, slots=True)
class Issued:
    """A token response, with what the log tells of it."""

    client_id: str
    grant_type: str
    response: TokenResponse


def exchange(server: AuthorizationServer, request: EndpointRequest) -> Issued:
    """Answer a token request: who asks, whether they may, then the grant itself.

    Raises:
        InvalidRequest: no `grant_type`, or a parameter is missing, repeated or malformed.
        InvalidClient: client authentication failed.
        UnsupportedGrantType: unknown, or switched off by the tenant's policy.
        UnauthorizedClient: the client is not registered for it.
        OAuthError: what the grant itself raises.
    """
    client = authenticate(server, request)
    grant_type = request.params.optional("grant_type")
    if grant_type is None:
        raise InvalidRequest("grant_type is missing.", rule="missing_parameter")
    handler = GRANTS.get(grant_type)
    if handler is None or grant_type not in client.policy.grant_types:
        raise UnsupportedGrantType("The grant type is not supported.")
    if grant_type not in client.grant_types:
        raise UnauthorizedClient("The client is not registered for this grant type.")
    return Issued(client.client_id, grant_type, handler(server, client, request))
