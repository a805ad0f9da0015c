"""The userinfo endpoint (OpenID Connect Core section 5.3)."""

from typing import Any

from authwell.protocol import claims
from authwell.protocol.errors import InsufficientScope, InvalidToken
from authwell.protocol.jose import signing
from authwell.protocol.model import Client
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import access_token


def userinfo(server: AuthorizationServer, token: str) -> dict[str, Any] | str:
    """The claims that the grant's scope and its `claims` parameter ask for, and `sub`.

    Returns:
        The claims; or a JWT with them, for a client that is registered for one (section 5.3.2).

    Raises:
        InvalidToken: it does not stand, or is not about a person.
        InsufficientScope: without `openid`, or not for this issuer as audience.
    """
    found = access_token.read(server, token)
    if "openid" not in found.scope or server.issuer not in found.audience:
        raise InsufficientScope("userinfo needs openid and the issuer as audience")
    if found.grant is None or found.grant.account is None:
        raise InvalidToken("not about a person")
    client = server.clients.find(found.client_id)
    if client is None:
        raise InvalidToken("its client is unknown")
    wanted = claims.by_scope(found.scope) | set(found.grant.claims.get("userinfo") or {})
    told = {"sub": found.subject, **claims.about(found.grant.account, sorted(wanted))}
    if client.userinfo_signed_response_alg is None:
        return told
    return _signed(server, client, client.userinfo_signed_response_alg, told)


def _signed(server: AuthorizationServer, client: Client, alg: str, told: dict[str, Any]) -> str:
    """As a JWT that says whose and for whom it is, so that it cannot be taken for another."""
    key = server.tenant.keys.signing(alg)
    if key is None:
        raise access_token.NoKey(alg)
    return signing.sign({**told, "iss": server.issuer, "aud": client.client_id}, key, "JWT")
