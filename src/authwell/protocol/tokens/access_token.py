"""Access tokens: signing them (RFC 9068), and reading them where they come back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from authwell.protocol import held_claims, scopes, subjects
from authwell.protocol.errors import InvalidToken
from authwell.protocol.jose import signing
from authwell.protocol.model import Account, Client, Grant
from authwell.protocol.records import AccessRecord, Standing
from authwell.protocol.resources import Audience
from authwell.protocol.server import AuthorizationServer
from authwell.utils.randomness import digest, id_time, new_id

TYP = "at+jwt"


@dataclass(frozen=True, slots=True)
class Content:
    """What an access token says."""

    client: Client
    grant: Grant | None
    audience: Audience
    scope: frozenset[str]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token that came back and stands.

    Attributes:
        jti: None for an opaque one.
        digest: None for a signed one.
    """

    subject: str
    client_id: str
    scope: frozenset[str]
    audience: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    grant: Grant | None
    jti: str | None = None
    digest: bytes | None = None


class NoKey(RuntimeError):
    """The tenant has no active key of an algorithm that its policy allows."""


def sign(server: AuthorizationServer, content: Content) -> str:
    """A signed access token (RFC 9068 section 2.2); nothing of it is stored."""
    key = server.tenant.keys.signing(content.audience.alg)
    if key is None:
        raise NoKey(content.audience.alg)
    return signing.sign(claims(server, content), key, TYP)


def claims(server: AuthorizationServer, content: Content) -> dict[str, Any]:
    """What it says (RFC 9068 section 2.2), with what the person may do if the scope says so."""
    grant = content.grant
    person = grant.account if grant is not None else None
    identifiers = content.audience.identifiers
    told: dict[str, Any] = {
        "iss": server.issuer,
        "sub": content.client.client_id if person is None else subjects.of(content.client, person),
        "aud": identifiers[0] if len(identifiers) == 1 else list(identifiers),
        "client_id": content.client.client_id,
        "iat": int(server.now.timestamp()),
        "exp": int(content.expires_at.timestamp()),
        "jti": new_id(server.now),
        "scope": scopes.serialize(content.scope),
    }
    if grant is not None:
        told["gid"] = grant.id
    if person is not None:
        told |= held_claims.about(server, person, content.scope)
    return told


def read(server: AuthorizationServer, token: str) -> AccessToken:
    """The token, if it is one of this issuer and stands.

    Raises:
        InvalidToken: malformed, foreign, expired, revoked, or its grant has ended.
    """
    if token.count(".") == 2:
        return _read_signed(server, token)
    record = server.store.access_tokens.find(server.tenant.id, digest(token), server.now)
    if record is None:
        raise InvalidToken("unknown token")
    return _opaque(server, record)


def _opaque(server: AuthorizationServer, record: AccessRecord) -> AccessToken:
    if record.expires_at <= server.now:
        raise InvalidToken("expired")
    if record.ended is not None:
        raise InvalidToken(record.ended)
    if record.grant is not None and record.grant.ended is not None:
        raise InvalidToken(record.grant.ended)
    person = record.grant.account if record.grant is not None else None
    return AccessToken(
        subject=record.client_id if person is None else _subject(server, record, person),
        client_id=record.client_id,
        scope=record.scope,
        audience=record.audience,
        issued_at=record.created_at,
        expires_at=record.expires_at,
        grant=record.grant,
        digest=record.digest,
    )


def _subject(server: AuthorizationServer, record: AccessRecord, person: Account) -> str:
    client = server.clients.find(record.client_id)
    if client is None:
        raise InvalidToken("its client is unknown")
    return subjects.of(client, person)


def verify(server: AuthorizationServer, token: str) -> dict[str, Any]:
    """The claims of a signed access token of this issuer that has not expired.

    Raises:
        InvalidToken: it is not one.
    """
    try:
        claims = signing.verify(token, server.tenant.keys, TYP)
    except signing.UnknownKey as error:
        newer = server.newer()
        if newer is None:
            raise InvalidToken("unknown key") from error
        return verify(newer, token)
    except signing.InvalidToken as error:
        raise InvalidToken(f"not a token of ours: {error}") from error
    if claims.get("iss") != server.issuer:
        raise InvalidToken("another issuer's")
    expires_at = claims.get("exp")
    if not isinstance(expires_at, int) or expires_at <= server.now.timestamp():
        raise InvalidToken("expired")
    return claims


def _read_signed(server: AuthorizationServer, token: str) -> AccessToken:
    claims = verify(server, token)
    # We signed these claims ourselves: their types are known.
    jti, client_id = str(claims["jti"]), str(claims["client_id"])
    issued_at = id_time(jti) or datetime.fromtimestamp(claims["iat"], UTC)
    standing: Standing = server.store.access_tokens.standing(
        server.tenant.id, client_id, claims.get("gid"), jti, issued_at, server.now
    )
    if standing.ended is not None:
        raise InvalidToken(standing.ended)
    audience = claims["aud"]
    return AccessToken(
        subject=str(claims["sub"]),
        client_id=client_id,
        scope=scopes.parse(claims["scope"]),
        audience=(audience,) if isinstance(audience, str) else tuple(audience),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        grant=standing.grant,
        jti=jti,
    )
