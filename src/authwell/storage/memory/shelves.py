"""What the ports in memory keep, behind one lock: each method holds it from end to end."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import RLock

from authwell.protocol.access import ADMIN, ADMINISTRATIVE_TYPES, MANAGE
from authwell.protocol.model import Consent, Event, Grant
from authwell.protocol.records import (
    AccessRecord,
    CodeRecord,
    Interaction,
    NewAccessToken,
    NewRefreshToken,
    RefreshRecord,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a tenant, a client or an account: whether it is active, and since when its tokens count."""

    status: str = "active"
    not_before: datetime | None = None

    def why_ended(self, name: str, started_at: datetime) -> str | None:
        """The stable reason code; None if what started then still stands."""
        if self.status != "active":
            return f"{name}_disabled"
        if self.not_before is not None and started_at < self.not_before:
            return f"{name}_not_before"
        return None


_ACTIVE = Standing()


@dataclass(slots=True)
class Shelves:
    """The rows. Who is not in `tenants`, `clients`, `accounts` or `ended_sessions` stands."""

    lock: RLock = field(default_factory=RLock)
    tenants: dict[str, Standing] = field(default_factory=dict)
    clients: dict[tuple[str, str], Standing] = field(default_factory=dict)
    accounts: dict[str, Standing] = field(default_factory=dict)
    ended_sessions: set[str] = field(default_factory=set)
    grants: dict[str, Grant] = field(default_factory=dict)
    codes: dict[bytes, CodeRecord] = field(default_factory=dict)
    refresh_tokens: dict[bytes, RefreshRecord] = field(default_factory=dict)
    predecessors: dict[bytes, bytes] = field(default_factory=dict)
    """Digest of a successor to that of the token which it replaced."""
    access_tokens: dict[bytes, tuple[str, AccessRecord]] = field(default_factory=dict)
    interactions: dict[bytes, Interaction] = field(default_factory=dict)
    denied: dict[tuple[str, str], datetime] = field(default_factory=dict)
    used: dict[tuple[str, bytes], datetime] = field(default_factory=dict)
    consents: dict[tuple[str, str, str], Consent] = field(default_factory=dict)
    role_permissions: dict[str, frozenset[str]] = field(
        default_factory=lambda: {
            ADMIN: frozenset(f"{name}:{MANAGE}" for name in ADMINISTRATIVE_TYPES)
        }
    )
    groups: dict[str, frozenset[str]] = field(default_factory=dict)
    """Names by account."""
    session_clients: dict[tuple[str, str], str] = field(default_factory=dict)
    revocations: dict[str | bytes, tuple[datetime, str]] = field(default_factory=dict)
    """By grant or by digest: when, and why."""
    events: list[Event] = field(default_factory=list)

    def grant(self, grant_id: str, now: datetime) -> Grant:
        """The grant as it stands at `now`."""
        grant = self.grants[grant_id]
        return replace(grant, ended=self._why_grant_ended(grant, now))

    def why_client_ended(self, tenant_id: str, client_id: str, started_at: datetime) -> str | None:
        """The reason of tenant or client."""
        tenant = self.tenants.get(tenant_id, _ACTIVE)
        client = self.clients.get((tenant_id, client_id), _ACTIVE)
        return tenant.why_ended("tenant", started_at) or client.why_ended("client", started_at)

    def keep_tokens(
        self,
        grant: Grant,
        now: datetime,
        refresh_token: NewRefreshToken | None,
        access_token: NewAccessToken | None,
    ) -> None:
        """Keep the tokens that came with another change."""
        if refresh_token is not None:
            self.refresh_tokens[refresh_token.digest] = RefreshRecord(
                digest=refresh_token.digest,
                client_id=grant.client_id,
                grant=grant,
                created_at=now,
                expires_at=refresh_token.expires_at,
            )
        if access_token is not None:
            self.keep_access_token(grant.tenant_id, access_token)

    def keep_access_token(self, tenant_id: str, token: NewAccessToken) -> None:
        """Keep an opaque access token."""
        record = AccessRecord(
            digest=token.digest,
            client_id=token.client_id,
            grant=self.grants[token.grant_id] if token.grant_id is not None else None,
            scope=token.scope,
            audience=token.audience,
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
        self.access_tokens[token.digest] = (tenant_id, record)

    def _why_grant_ended(self, grant: Grant, now: datetime) -> str | None:
        if grant.id in self.revocations:
            return "grant_revoked"
        if grant.expires_at <= now:
            return "grant_expired"
        started_at = grant.created_at
        ended = self.why_client_ended(grant.tenant_id, grant.client_id, started_at)
        if ended is None and grant.account is not None:
            account = self.accounts.get(grant.account.id, _ACTIVE)
            ended = account.why_ended("account", started_at)
        if ended is None and not grant.offline and grant.session_id in self.ended_sessions:
            ended = "session_ended"
        return ended
