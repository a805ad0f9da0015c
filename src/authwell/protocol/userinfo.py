"""The userinfo endpoint (OpenID Connect Core section 5.3)."""

from typing import Any

from authwell.protocol import claims
from authwell.protocol.errors import InsufficientScope, InvalidToken
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import access_token


def userinfo(server: AuthorizationServer, token: str) -> dict[str, Any]:
    """The claims that the grant's scope and its `claims` parameter ask for, and `sub`.

    Raises:
        InvalidToken: it does not stand, or is not about a person.
        InsufficientScope: without `openid`, or not for this issuer as audience.
    """
    found = access_token.read(server, token)
    if "openid" not in found.scope or server.issuer not in found.audience:
        raise InsufficientScope("userinfo needs openid and the issuer as audience")
    if found.grant is None or found.grant.account is None:
        raise InvalidToken("not about a person")
    wanted = claims.by_scope(found.scope) | set(found.grant.claims.get("userinfo") or {})
    return {"sub": found.subject, **claims.about(found.grant.account, sorted(wanted))}
