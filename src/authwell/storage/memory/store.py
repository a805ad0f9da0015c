"""The ports in memory, one small class each."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from authwell.protocol.model import Consent, Event, Grant
from authwell.protocol.ports import (
    AccessRecord,
    Authorization,
    CodeRecord,
    Interaction,
    NewAccessToken,
    NewRefreshToken,
    Redemption,
    RefreshRecord,
    Rotation,
    Standing,
)
from authwell.storage.codes import MAX_FAILED_ATTEMPTS
from authwell.storage.memory.shelves import Shelves


class MemoryCodes:
    """The port `Codes`."""

    def __init__(self, shelves: Shelves) -> None:
        """Share the rows with the other ports."""
        self._shelves = shelves

    def issue(self, authorization: Authorization) -> bool:
        """Keep grant, code, consent and the session's client, if the interaction is unused."""
        shelves, grant = self._shelves, authorization.grant
        with shelves.lock:
            digest = authorization.interaction_digest
            if digest is not None and shelves.interactions.pop(digest, None) is None:
                return False
            shelves.grants[grant.id] = grant
            shelves.codes[authorization.code.digest] = authorization.code
            shelves.events.append(authorization.event)
            if grant.session_id is not None and grant.sid is not None:
                key = (grant.session_id, grant.client_id)
                shelves.session_clients.setdefault(key, grant.sid)
            if authorization.consent is not None:
                self._remember(grant.tenant_id, authorization.consent)
            return True

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> CodeRecord | None:
        """The code with its grant, used or not."""
        shelves = self._shelves
        with shelves.lock:
            code = shelves.codes.get(digest)
            if code is None or code.grant.tenant_id != tenant_id:
                return None
            return replace(code, grant=shelves.grant(code.grant.id, now))

    def count_failure(self, tenant_id: str, digest: bytes, now: datetime) -> None:
        """Add a failed attempt; the fifth uses the code up."""
        with self._shelves.lock:
            code = self.find(tenant_id, digest, now)
            if code is None or code.consumed_at is not None:
                return
            failures = code.failed_attempts + 1
            consumed_at = now if failures >= MAX_FAILED_ATTEMPTS else None
            self._shelves.codes[digest] = replace(
                code, failed_attempts=failures, consumed_at=consumed_at
            )

    def redeem(self, redemption: Redemption) -> bool:
        """Use the code up and keep its tokens."""
        shelves = self._shelves
        with shelves.lock:
            code = self.find(redemption.tenant_id, redemption.code_digest, redemption.now)
            if code is None or code.client_id != redemption.client_id or code.consumed_at:
                return False
            shelves.codes[code.digest] = replace(code, consumed_at=redemption.now)
            shelves.keep_tokens(
                code.grant, redemption.now, redemption.refresh_token, redemption.access_token
            )
            shelves.events.append(redemption.event)
            return True

    def _remember(self, tenant_id: str, consent: Consent) -> None:
        key = (tenant_id, consent.account_id, consent.client_id)
        known = self._shelves.consents.get(key)
        if known is not None:
            consent = replace(
                consent,
                scope=known.scope | consent.scope,
                resources=known.resources | consent.resources,
            )
        self._shelves.consents[key] = consent


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
            shelves.predecessors[rotation.successor.digest] = token.digest
            shelves.keep_tokens(
                token.grant, rotation.now, rotation.successor, rotation.access_token
            )
            shelves.events.append(rotation.event)
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


class MemoryInteractions:
    """The port `Interactions`."""

    def __init__(self, shelves: Shelves) -> None:
        """Share the rows with the other ports."""
        self._shelves = shelves

    def put(self, interaction: Interaction) -> None:
        """Keep it."""
        with self._shelves.lock:
            self._shelves.interactions[interaction.digest] = interaction

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> Interaction | None:
        """The interaction if it is neither used up nor expired."""
        with self._shelves.lock:
            found = self._shelves.interactions.get(digest)
            if found is None or found.tenant_id != tenant_id or found.expires_at <= now:
                return None
            return found

    def note(self, tenant_id: str, digest: bytes, facts: Mapping[str, Any]) -> None:
        """Add facts; an interaction that is gone learns nothing."""
        with self._shelves.lock:
            known = self._shelves.interactions.get(digest)
            if known is not None and known.tenant_id == tenant_id:
                added = replace(known, data={**known.data, **facts})
                self._shelves.interactions[digest] = added

    def take(self, tenant_id: str, digest: bytes, now: datetime) -> Interaction | None:
        """Use it up; None if it was used up or expired before."""
        with self._shelves.lock:
            found = self.find(tenant_id, digest, now)
            if found is not None:
                del self._shelves.interactions[digest]
            return found


class MemoryConsents:
    """The port `Consents`."""

    def __init__(self, shelves: Shelves) -> None:
        """Share the rows with the other ports."""
        self._shelves = shelves

    def find(self, tenant_id: str, account_id: str, client_id: str) -> Consent | None:
        """What is remembered, if anything."""
        with self._shelves.lock:
            return self._shelves.consents.get((tenant_id, account_id, client_id))


class MemoryStore:
    """The port `Store`, for one process and its life."""

    def __init__(self) -> None:
        """Begin empty; `shelves` lets a test look, and say who has ended."""
        self.shelves = Shelves()
        self.codes = MemoryCodes(self.shelves)
        self.refresh_tokens = MemoryRefreshTokens(self.shelves)
        self.access_tokens = MemoryAccessTokens(self.shelves)
        self.grants = MemoryGrants(self.shelves)
        self.interactions = MemoryInteractions(self.shelves)
        self.consents = MemoryConsents(self.shelves)
