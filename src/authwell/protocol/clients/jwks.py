"""The keys of a client for what it signed: registered by value, or behind its `jwks_uri`.

One request causes one fetch at most: keys that were fetched just now are not fetched again
because of an unknown `kid`, and known ones are taken as they are.
"""

from typing import Protocol

from authwell.protocol.jose.client_keys import ClientKey
from authwell.protocol.jose.foreign import ForeignToken, fitting
from authwell.protocol.server import AuthorizationServer


class KeyOwner(Protocol):
    """Whoever has keys: a client, or an issuer of software statements."""

    @property
    def jwks(self) -> tuple[ClientKey, ...]:
        """Those that were given by value."""
        ...

    @property
    def jwks_uri(self) -> str | None:
        """Where the others are."""
        ...


def is_signed_by(server: AuthorizationServer, client: KeyOwner, token: ForeignToken) -> bool:
    """Whether the client made the signature.

    Raises:
        KeysUnavailable: its keys could not be fetched.
    """
    if client.jwks_uri is None:
        return token.is_signed_by(client.jwks)
    keys = server.client_keys.find(client.jwks_uri, server.now)
    if token.is_signed_by(keys):
        return True
    if token.kid is not None and fitting(keys, token.alg, token.kid):
        return False
    return token.is_signed_by(server.client_keys.renewed(client.jwks_uri, server.now))
