"""Logout tokens (OpenID Connect Back-Channel Logout 1.0 section 2.4)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from authwell.protocol import subjects
from authwell.protocol.clients import encryption
from authwell.protocol.jose import signing
from authwell.protocol.model import Client
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import id_token
from authwell.protocol.tokens.access_token import NoKey
from authwell.utils.randomness import new_id

LIFETIME = timedelta(minutes=2)
"""The longest that section 4 recommends; each attempt has a token of its own."""

TYPE = "logout+jwt"
"""Explicit, so that nobody takes it for another kind of token (section 4.1, RFC 8725)."""

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True)
class EndedLogin:
    """What has ended for a client.

    Attributes:
        account_id: who was logged in; the account may be deleted.
        sid: the session, as the client knows it.
    """

    account_id: str
    sid: str


def sign_logout_token(server: AuthorizationServer, client: Client, ended: EndedLogin) -> str:
    """A logout token for a client, signed and encrypted as its ID tokens are; it has no nonce.

    Raises:
        NoKey: there is no key of that algorithm.
        NoEncryptionKey: the client wants it encrypted, and has no key for that.
    """
    recipient = encryption.recipient(server, client, client.id_token_encryption)
    key = server.tenant.keys.signing(client.id_token_signed_response_alg)
    if key is None:
        raise NoKey(client.id_token_signed_response_alg)
    claims: dict[str, Any] = {
        "iss": server.issuer,
        "aud": client.client_id,
        "iat": int(server.now.timestamp()),
        "exp": int((server.now + LIFETIME).timestamp()),
        "jti": new_id(server.now),
        "events": {EVENT: {}},
        "sub": subjects.of_id(client, ended.account_id),
        "sid": ended.sid,
    }
    return id_token.sealed(signing.sign(claims, key, TYPE), recipient)
