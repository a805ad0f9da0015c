"""The userinfo endpoint (OpenID Connect Core section 5.3)."""

from collections.abc import Mapping
from typing import Any

import orjson

from authwell.protocol import claims, held_claims, person, subjects
from authwell.protocol.clients import encryption
from authwell.protocol.errors import InsufficientScope, InvalidToken, NoEncryptionKey, NotForYou
from authwell.protocol.jose import signing
from authwell.protocol.model import Account, Client
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import access_token


def userinfo(server: AuthorizationServer, token: str) -> dict[str, Any] | str:
    """The claims that the grant's scope and its `claims` parameter ask for, and `sub`.

    Returns:
        The claims; or a JWT with them, for a client that is registered for one (section 5.3.2).

    Raises:
        InvalidToken: it does not stand, or is not about a person.
        InsufficientScope: without `openid`, or not for this issuer as audience.
        NotForYou: it must be encrypted, and the client has no key for that.
    """
    found = access_token.read(server, token)
    if "openid" not in found.scope or server.issuer not in found.audience:
        raise InsufficientScope("userinfo needs openid and the issuer as audience")
    if found.grant is None or found.grant.account is None:
        raise InvalidToken("not about a person")
    client = server.clients.find(found.client_id)
    if client is None:
        raise InvalidToken("its client is unknown")
    told = claims_of(server, client, found.grant.account, found.scope, found.grant.claims)
    if client.userinfo_signed_response_alg is None and client.userinfo_encryption is None:
        return told
    return _protected(server, client, told)


def claims_of(
    server: AuthorizationServer,
    client: Client,
    account: Account,
    scope: frozenset[str],
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    """What a client is told of a person, for a scope and a `claims` parameter."""
    told = person.about(account, scope, asked.get("userinfo"), claims.locales(asked))
    told |= held_claims.about(server, account, scope, asked.get("userinfo"))
    return {**told, "sub": subjects.of(client, account)}


def _protected(server: AuthorizationServer, client: Client, told: dict[str, Any]) -> str:
    """Signed, encrypted, or signed and then encrypted, as the client registered."""
    try:
        recipient = encryption.recipient(server, client, client.userinfo_encryption)
    except NoEncryptionKey as error:
        raise NotForYou(error.reason) from error
    alg = client.userinfo_signed_response_alg
    if alg is None and recipient is not None:
        return recipient.encrypt(orjson.dumps(told))
    key = server.tenant.keys.signing(alg or "")
    if key is None:
        raise access_token.NoKey(alg)
    # It says whose and for whom it is, so that it cannot be taken for another's.
    signed = signing.sign({**told, "iss": server.issuer, "aud": client.client_id}, key, "JWT")
    return signed if recipient is None else recipient.encrypt(signed, cty="JWT")
