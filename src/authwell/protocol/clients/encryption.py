"""The key of a client that what it gets is encrypted to (OpenID Connect Core sections 10.2, 16.14).

It is found before anything is decided, so that a client without one loses no code by it.
"""

from authwell.protocol.errors import NoEncryptionKey
from authwell.protocol.jose.encryption import Recipient, best
from authwell.protocol.model import Client, Encryption
from authwell.protocol.ports import KeysUnavailable
from authwell.protocol.server import AuthorizationServer


def recipient(
    server: AuthorizationServer, client: Client, wanted: Encryption | None
) -> Recipient | None:
    """Whom to encrypt to; None if the client wants nothing encrypted.

    Keys behind a `jwks_uri` are fetched again, by the rules for signatures, if none fits.

    Raises:
        NoEncryptionKey: it wants that, but has no key for it.
    """
    if wanted is None:
        return None
    key = best(client.jwks, wanted.alg)
    if client.jwks_uri is not None:
        try:
            key = best(server.client_keys.find(client.jwks_uri, server.now), wanted.alg) or best(
                server.client_keys.renewed(client.jwks_uri, server.now), wanted.alg
            )
        except KeysUnavailable as error:
            raise NoEncryptionKey(f"keys of {client.client_id}: {error}") from error
    if key is None:
        raise NoEncryptionKey(f"{client.client_id} has no key for {wanted.alg}")
    return Recipient(key, wanted.alg, wanted.enc)
