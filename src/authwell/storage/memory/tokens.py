"""Grants, refresh tokens and access tokens in memory."""

from dataclasses import replace
from datetime import datetime

from authwell.protocol.model import Event, Grant
from authwell.protocol.records import (
    AccessRecord,
    NewAccessToken,
    NewRefreshToken,
    RefreshRecord,
    Rotation,
    Standing,
)
from authwell.storage.memory.shelves import Shelves


class MemoryGrants:
    """The port `Grants`."""

    def __init__(self, shelves: Shelves) -> None:
        """Share the rows with the other ports."""
        self._shelves = shelves

    def start(
        self,
        grant: Grant,
        event: Event,
        refresh_token: NewRefreshToken | None = None,
        access_token: NewAccessToken | None = None,
    ) -> None:
        """Keep a grant that comes without a code, with its tokens."""
        with self._shelves.lock:
            self._shelves.grants[grant.id] = grant
            self._shelves.keep_tokens(grant, grant.created_at, refresh_token, access_token)
            self._shelves.events.append(event)

    def revoke(
        self, tenant_id: str, grant_id: str, reason: str, now: datetime, event: Event
    ) -> bool:
        """End the grant and thereby all its tokens; False if it had ended before."""
        with self._shelves.lock:
            grant = self._shelves.grants.get(grant_id)
            if grant is None or grant.tenant_id != tenant_id:
                return False
            if grant_id in self._shelves.revocations:
                return False
            self._shelves.revocations[grant_id] = (now, reason)
            self._shelves.events.append(event)
            return True


class MemoryRefreshTokens:
    """The port `RefreshTokens`."""

    def __init__(self, shelves: Shelves) -> None:
        """Share the rows with the other ports."""
        self._shelves = shelves

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> RefreshRecord | None:
        """The token with its grant, used or not."""
        shelves = self._shelves
        with shelves.lock:
            token = shelves.refresh_tokens.get(digest)
            if token is None or token.grant.tenant_id != tenant_id:
                return None
            return replace(token, grant=shelves.grant(token.grant.id, now))

    def rotate(self, rotation: Rotation) -> bool:
        """Use the token up, keep its successor, and close the retry window of the one before."""
        shelves = self._shelves
        with shelves.lock:
            token = self.find(rotation.tenant_id, rotation.digest, rotation.now)
            if token is None or token.client_id != rotation.client_id or token.used_at:
                return False
            shelves.refresh_tokens[token.digest] = replace(
                token,
                used_at=rotation.now,
                successor_sealed=rotation.successor_sealed,
                successor_unused=rotation.successor_sealed is not None,
            )
            self._clear_predecessor(token.digest)
            shelves.predecessors[rotation.successor_digest] = token.digest
            successor = NewRefreshToken(rotation.successor_digest, token.expires_at)
            shelves.keep_tokens(token.grant, rotation.now, successor, rotation.access_token)
            shelves.events.append(rotation.event)
            return True

    def rotate_plain(self, rotation: Rotation) -> RefreshRecord | None:
        """Use the token up if nothing else must be asked."""
        with self._shelves.lock:
            token = self.find(rotation.tenant_id, rotation.digest, rotation.now)
            if token is None or not token.is_plain(rotation.client_id, rotation.now):
                return None
            event = rotation.event.about(token.grant)
            return token if self.rotate(replace(rotation, event=event)) else None

    def revoke(
        self, tenant_id: str, client_id: str, digest: bytes, reason: str, event: Event
    ) -> bool:
        """End the grant of the client's token."""
        shelves = self._shelves
        with shelves.lock:
            token = self.find(tenant_id, digest, event.at)
            if token is None or token.client_id != client_id:
                return False
            grant = token.grant
            if grant.id in shelves.revocations or grant.expires_at <= event.at:
                return False
            shelves.revocations[grant.id] = (event.at, reason)
            shelves.events.append(event.about(grant))
            return True

    def _clear_predecessor(self, digest: bytes) -> None:
        before = self._shelves.predecessors.get(digest)
        if before is not None:
            tokens = self._shelves.refresh_tokens
            tokens[before] = replace(tokens[before], successor_sealed=None, successor_unused=False)


class MemoryAccessTokens:
    """The port `AccessTokens`."""

    def __init__(self, shelves: Shelves) -> None:
        """Share the rows with the other ports."""
        self._shelves = shelves

    def issue(self, tenant_id: str, token: NewAccessToken) -> None:
        """Keep an opaque token that no other change carries."""
        with self._shelves.lock:
            self._shelves.keep_access_token(tenant_id, token)

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> AccessRecord | None:
        """The opaque token, and whether it still stands."""
        shelves = self._shelves
        with shelves.lock:
            owner, token = shelves.access_tokens.get(digest, ("", None))
            if token is None or owner != tenant_id:
                return None
            grant = shelves.grant(token.grant.id, now) if token.grant is not None else None
            started_at = grant.created_at if grant is not None else token.created_at
            ended = shelves.why_client_ended(tenant_id, token.client_id, started_at)
            if digest in shelves.revocations:
                ended = "token_revoked"
            elif token.expires_at <= now:
                ended = "token_expired"
            return replace(token, grant=grant, ended=ended)

    def standing(
        self,
        tenant_id: str,
        client_id: str,
        grant_id: str | None,
        jti: str,
        issued_at: datetime,
        now: datetime,
    ) -> Standing:
        """Whether a signed token stands."""
        shelves = self._shelves
        with shelves.lock:
            denied = "token_revoked" if (tenant_id, jti) in shelves.denied else None
            if grant_id is None:
                ended = shelves.why_client_ended(tenant_id, client_id, issued_at)
                return Standing(grant=None, ended=denied or ended)
            known = shelves.grants.get(grant_id)
            if known is None or (known.tenant_id, known.client_id) != (tenant_id, client_id):
                return Standing(grant=None, ended="grant_unknown")
            grant = shelves.grant(grant_id, now)
            return Standing(grant=grant, ended=denied or grant.ended)

    def revoke(self, tenant_id: str, digest: bytes, now: datetime, event: Event) -> None:
        """End an opaque token, once."""
        shelves = self._shelves
        with shelves.lock:
            owner, token = shelves.access_tokens.get(digest, ("", None))
            if token is not None and owner == tenant_id and digest not in shelves.revocations:
                shelves.revocations[digest] = (now, "revoked")
                shelves.events.append(event)

    def deny(self, tenant_id: str, jti: str, expires_at: datetime, event: Event) -> None:
        """Refuse a signed token until it expires; told of once."""
        with self._shelves.lock:
            if (tenant_id, jti) not in self._shelves.denied:
                self._shelves.denied[tenant_id, jti] = expires_at
                self._shelves.events.append(event)


class MemoryReplays:
    """The port `Replays` in memory."""

    def __init__(self, shelves: Shelves) -> None:
        """Share the shelves of the other ports."""
        self._shelves = shelves

    def use(self, tenant_id: str, key: bytes, expires_at: datetime, now: datetime) -> bool:
        """Use a key up; False if it was used up before."""
        with self._shelves.lock:
            until = self._shelves.used.get((tenant_id, key))
            if until is not None and until > now:
                return False
            self._shelves.used[tenant_id, key] = expires_at
            return True
