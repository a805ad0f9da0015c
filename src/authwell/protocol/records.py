"""What the stores keep and hand out: the rows of codes, tokens, grants and interactions as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authwell.protocol.model import Consent, Event, Grant


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """An authorization code as stored (RFC 6749 section 4.1.2)."""

    digest: bytes
    client_id: str
    grant: Grant
    expires_at: datetime
    redirect_uri: str | None
    """As sent in the authorization request; None if it was left out."""
    code_challenge: str | None
    nonce: str | None
    consumed_at: datetime | None = None
    failed_attempts: int = 0

    def is_plain(self, redemption: "PlainRedemption") -> bool:
        """Whether it may be redeemed so, and for no resources that would have to be proven."""
        return (
            self.client_id == redemption.client_id
            and self.redirect_uri == redemption.redirect_uri
            and self.code_challenge == redemption.code_challenge
            and self.consumed_at is None
            and self.expires_at > redemption.now
            and self.grant.ended is None
            and not self.grant.resources
        )


@dataclass(frozen=True, slots=True)
class NewRefreshToken:
    """A refresh token to be kept; it belongs to the grant of the call that carries it."""

    digest: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewAccessToken:
    """An opaque access token to be kept (a JWT access token writes nothing)."""

    digest: bytes
    client_id: str
    grant_id: str | None
    scope: frozenset[str]
    audience: tuple[str, ...]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Authorization:
    """A granted authorization: grant, what it gives, and what it uses up or remembers."""

    grant: Grant
    code: CodeRecord | None
    """None where the response type has none."""
    event: Event
    interaction_digest: bytes | None = None
    """Used up in the same change; if it was used up before, nothing is written."""
    consent: Consent | None = None
    """Added to what the account has allowed the client already."""
    access_token: NewAccessToken | None = None
    """An opaque one that travels through the browser."""


@dataclass(frozen=True, slots=True)
class Redemption:
    """The one use of a code, and the tokens that are kept with it."""

    tenant_id: str
    client_id: str
    code_digest: bytes
    grant_id: str
    now: datetime
    event: Event
    refresh_token: NewRefreshToken | None = None
    access_token: NewAccessToken | None = None


@dataclass(frozen=True, slots=True)
class PlainRedemption:
    """The one use of a code whose proofs are compared where it is used up.

    Attributes:
        code_challenge: what the verifier gives (RFC 7636 section 4.6).
        refresh_digest: of the refresh token that comes with it and lives as long as the grant.
    """

    tenant_id: str
    client_id: str
    code_digest: bytes
    redirect_uri: str
    code_challenge: str
    now: datetime
    event: Event
    refresh_digest: bytes | None

    def of(self, grant: Grant) -> Redemption:
        """The same once the grant is known."""
        digest = self.refresh_digest
        return Redemption(
            tenant_id=self.tenant_id,
            client_id=self.client_id,
            code_digest=self.code_digest,
            grant_id=grant.id,
            now=self.now,
            event=self.event.about(grant),
            refresh_token=NewRefreshToken(digest, grant.expires_at) if digest else None,
        )


@dataclass(frozen=True, slots=True)
class RefreshRecord:
    """A refresh token as stored, with what a retry needs."""

    digest: bytes
    client_id: str
    grant: Grant
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    successor_sealed: bytes | None = None
    """The successor's token, sealed under the presented token; None once cleared."""
    successor_unused: bool = False

    def is_plain(self, client_id: str, now: datetime) -> bool:
        """Whether the client may use it now, and for no resources that would have to be proven."""
        return (
            self.client_id == client_id
            and self.used_at is None
            and self.expires_at > now
            and self.grant.ended is None
            and not self.grant.resources
        )


@dataclass(frozen=True, slots=True)
class Rotation:
    """The one use of a refresh token, and its successor, which lives as long as it would have."""

    tenant_id: str
    client_id: str
    digest: bytes
    now: datetime
    event: Event
    successor_digest: bytes
    successor_sealed: bytes | None
    """None where the client's retry window is zero."""
    access_token: NewAccessToken | None = None


@dataclass(frozen=True, slots=True)
class AccessRecord:
    """An opaque access token as stored."""

    digest: bytes
    client_id: str
    grant: Grant | None
    scope: frozenset[str]
    audience: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    ended: str | None = None
    """As `Grant.ended`, for the token itself, its client and its tenant."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a signed token still stands: it is not denied, and neither it, its grant,
    account, session, client nor tenant has ended.
    """

    grant: Grant | None
    ended: str | None
    """None while it stands, else a stable reason code."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """An authorization request that waits for a person, bound to one browser."""

    digest: bytes
    tenant_id: str
    client_id: str
    browser_digest: bytes
    created_at: datetime
    expires_at: datetime
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """`parameters`: the request as it came, [name, value] pairs; and what the person did since."""
