"""Refresh tokens: rotation that never logs people out (RFC 9700 section 4.14).

The successor is kept sealed under the token that was presented, so that everything stays
hashed at rest and yet a retried request gets the very same successor again.
"""

from authwell.protocol.errors import InvalidGrant
from authwell.protocol.events import EventType
from authwell.protocol.model import Client
from authwell.protocol.records import RefreshRecord, Rotation
from authwell.protocol.server import AuthorizationServer
from authwell.utils.randomness import digest
from authwell.utils.sealing import CannotOpen, Sealer

_PURPOSE = "refresh-successor"


def seal_successor(presented: str, successor: str) -> bytes:
    """The successor, readable only by who presents the token that it follows."""
    return _sealer(presented).seal(successor.encode("ascii"), _PURPOSE, _row(presented))


def open_successor(presented: str, sealed: bytes) -> str | None:
    """What `seal_successor` sealed; None if it does not open."""
    try:
        return _sealer(presented).open(sealed, _PURPOSE, _row(presented)).decode("ascii")
    except CannotOpen:
        return None


def rotation(
    server: AuthorizationServer, client: Client, presented: str, successor: str
) -> Rotation:
    """The one write of a refresh: the presented token is used, its successor kept."""
    sealed = seal_successor(presented, successor) if client.refresh_retry else None
    return Rotation(
        tenant_id=server.tenant.id,
        client_id=client.client_id,
        digest=digest(presented),
        now=server.now,
        event=server.event(EventType.TOKEN_REFRESHED, client=client),
        successor_digest=digest(successor),
        successor_sealed=sealed,
    )


def successor_for_retry(
    server: AuthorizationServer, client: Client, record: RefreshRecord, presented: str
) -> str | None:
    """The successor again, for a request that is retried within the client's window.

    Only while the successor is itself unused; afterwards a second use is a replay.
    """
    if record.used_at is None or record.successor_sealed is None or not record.successor_unused:
        return None
    if server.now - record.used_at > client.refresh_retry:
        return None
    return open_successor(presented, record.successor_sealed)


def end_family(server: AuthorizationServer, client: Client, record: RefreshRecord) -> InvalidGrant:
    """Revoke the grant of a replayed token, and the error to raise (RFC 9700 section 4.14.2)."""
    event = server.event(EventType.REFRESH_TOKEN_REPLAYED, client=client, grant=record.grant)
    server.store.grants.revoke(
        server.tenant.id, record.grant.id, "refresh_token_replayed", server.now, event
    )
    return InvalidGrant(
        "The refresh token was used before, so all tokens of its grant have ended.",
        rule="refresh_token_replayed",
    )


def _sealer(presented: str) -> Sealer:
    return Sealer(digest(f"refresh-successor:{presented}"))


def _row(presented: str) -> str:
    return digest(presented).hex()
