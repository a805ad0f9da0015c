"""Sending a person to where a client begins a login (OpenID Connect Core section 4)."""

from urllib.parse import urlencode

from authwell.protocol.model import Client
from authwell.protocol.server import AuthorizationServer


def login_address(server: AuthorizationServer, client: Client) -> str | None:
    """Where the client begins a login with this issuer; None if it has not said."""
    uri = client.initiate_login_uri
    if uri is None or client.status != "active":
        return None
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'iss': server.issuer})}"
