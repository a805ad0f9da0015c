"""`id_token_hint`: an ID token of ours, expired or not (OpenID Connect Core section 3.1.2.1)."""

from dataclasses import dataclass

from authwell.protocol.jose import signing
from authwell.protocol.model import Client
from authwell.protocol.server import AuthorizationServer


@dataclass(frozen=True, slots=True)
class Hint:
    """What a valid hint says."""

    subject: str
    client_id: str
    sid: str | None


def read(server: AuthorizationServer, token: str | None) -> Hint | None:
    """The hint, None if there is none or it is not a token of ours for one client.

    A forged, unsigned or foreign hint counts as absent. Retired keys still
    verify: the hint is about the past.
    """
    if token is None:
        return None
    try:
        claims = signing.verify(token, server.tenant.keys, typ="")
    except signing.UnknownKey:
        newer = server.newer()
        return read(newer, token) if newer is not None else None
    except signing.InvalidToken:
        return None
    subject, audience, sid = claims.get("sub"), claims.get("aud"), claims.get("sid")
    # Without an end it is no ID token: a signed userinfo response looks the same otherwise.
    if claims.get("iss") != server.issuer or not isinstance(claims.get("exp"), int):
        return None
    if not isinstance(subject, str) or not isinstance(audience, str):
        return None
    return Hint(subject, audience, sid if isinstance(sid, str) else None)


def subject(server: AuthorizationServer, client: Client, token: str | None) -> str | None:
    """The subject of a hint that was issued to this client."""
    hint = read(server, token)
    return hint.subject if hint is not None and hint.client_id == client.client_id else None
