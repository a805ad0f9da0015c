"""Codes, interactions and consents in memory."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from authwell.protocol.model import Consent
from authwell.protocol.records import (
    Authorization,
    CodeRecord,
    Interaction,
    PlainRedemption,
    Redemption,
)
from authwell.storage.memory.shelves import Shelves
from authwell.storage.tokens.codes import MAX_FAILED_ATTEMPTS


class MemoryCodes:
    """The port `Codes`."""

    def __init__(self, shelves: Shelves) -> None:
        """Share the rows with the other ports."""
        self._shelves = shelves

    def issue(self, authorization: Authorization) -> bool:
        """Keep the grant with all that belongs to it, if the interaction is unused."""
        shelves, grant = self._shelves, authorization.grant
        with shelves.lock:
            digest = authorization.interaction_digest
            if digest is not None and shelves.interactions.pop(digest, None) is None:
                return False
            shelves.grants[grant.id] = grant
            if authorization.code is not None:
                shelves.codes[authorization.code.digest] = authorization.code
            shelves.keep_tokens(grant, grant.created_at, None, authorization.access_token)
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

    def redeem_plain(self, redemption: PlainRedemption) -> CodeRecord | None:
        """Use the code up if nothing else must be asked."""
        with self._shelves.lock:
            code = self.find(redemption.tenant_id, redemption.code_digest, redemption.now)
            if code is None or not code.is_plain(redemption):
                return None
            return code if self.redeem(redemption.of(code.grant)) else None

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

    def find_expired(self, tenant_id: str, digest: bytes) -> Interaction | None:
        """The interaction even if it has expired; None if it was used up."""
        with self._shelves.lock:
            found = self._shelves.interactions.get(digest)
            return found if found is not None and found.tenant_id == tenant_id else None

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
