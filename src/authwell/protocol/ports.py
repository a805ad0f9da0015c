"""What the engine asks of storage and of identity.

Each method that writes is one atomic change, its audit event included: it has happened
entirely when the method returns, and not at all when it raises. Where two requests race,
the method says in its result who won. Digests are SHA-256 of the whole token.

A storage that cannot answer raises `StorageUnavailable`, which no engine function catches.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from authwell.protocol.access import Held
from authwell.protocol.jose.client_keys import ClientKey
from authwell.protocol.model import Account, Client, Consent, Event, Grant, Tenant
from authwell.protocol.records import (
    AccessRecord,
    Authorization,
    CodeRecord,
    Interaction,
    NewAccessToken,
    NewRefreshToken,
    PlainRedemption,
    Redemption,
    RefreshRecord,
    Rotation,
    Standing,
)


class StorageUnavailable(Exception):
    """The database cannot be reached or did not commit; nothing was confirmed."""


class KeysUnavailable(Exception):
    """The keys behind a `jwks_uri` could not be had; the text is for the log."""


class RequestObjectUnavailable(Exception):
    """What a `request_uri` names could not be had; the text is for the log."""


class Codes(Protocol):
    """Authorization codes."""

    def issue(self, authorization: Authorization) -> bool:
        """Keep grant, code, access token, consent and the session's client; False if the
        interaction was used up before (then nothing is written).
        """
        ...

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> CodeRecord | None:
        """The code, used or not; its grant tells whether it still stands at `now`."""
        ...

    def count_failure(self, tenant_id: str, digest: bytes, now: datetime) -> None:
        """Add a failed attempt; the fifth uses the code up."""
        ...

    def redeem(self, redemption: Redemption) -> bool:
        """Use the code up and keep its tokens; False if it was used up before."""
        ...

    def redeem_plain(self, redemption: PlainRedemption) -> CodeRecord | None:
        """`find` and `redeem` at once for a code that `is_plain`: the code as it was before.

        None for any other, which is left as it is: `find` tells why. Account and session of the
        grant are added to the event.
        """
        ...


class RefreshTokens(Protocol):
    """Refresh tokens, a family for each grant."""

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> RefreshRecord | None:
        """The token, used or not; its grant tells whether the family still stands at `now`."""
        ...

    def rotate(self, rotation: Rotation) -> bool:
        """Use the token up and keep its successor; False if it was used up before."""
        ...

    def rotate_plain(self, rotation: Rotation) -> RefreshRecord | None:
        """`find` and `rotate` at once for a token that `is_plain`: the token as it was before.

        None for any other, which is left as it is: `find` tells why.

        Args:
            rotation: without an access token; account and session of the grant are added to
                its event.
        """
        ...

    def revoke(
        self, tenant_id: str, client_id: str, digest: bytes, reason: str, event: Event
    ) -> bool:
        """End the token's grant and thereby all its tokens; False if the client has no such
        token, or its grant has been revoked or expired before.

        Args:
            event: account and session are added to it from the grant.
        """
        ...


class AccessTokens(Protocol):
    """Opaque access tokens, and what is known of signed ones."""

    def issue(self, tenant_id: str, token: NewAccessToken) -> None:
        """Keep an opaque token that no other change carries (client credentials)."""
        ...

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> AccessRecord | None:
        """The opaque token and whether it, its grant, client and tenant stand at `now`."""
        ...

    def standing(
        self,
        tenant_id: str,
        client_id: str,
        grant_id: str | None,
        jti: str,
        issued_at: datetime,
        now: datetime,
    ) -> Standing:
        """Whether the signed token stands, in one read.

        Args:
            issued_at: the millisecond in `jti`; a token without a grant is dead if the
                `not_before` of its tenant or client is later.
        """
        ...

    def revoke(self, tenant_id: str, digest: bytes, now: datetime, event: Event) -> None:
        """End an opaque token; nothing is written for one that is unknown or ended."""
        ...

    def deny(self, tenant_id: str, jti: str, expires_at: datetime, event: Event) -> None:
        """Refuse a signed token until it expires by itself; twice is as good as once."""
        ...


class Grants(Protocol):
    """Grants as a whole."""

    def start(
        self,
        grant: Grant,
        event: Event,
        refresh_token: NewRefreshToken | None = None,
        access_token: NewAccessToken | None = None,
    ) -> None:
        """Keep a grant that comes without a code (the password grant), with its tokens."""
        ...

    def revoke(
        self, tenant_id: str, grant_id: str, reason: str, now: datetime, event: Event
    ) -> bool:
        """End the grant and thereby all its tokens; False if it had ended before."""
        ...


class Interactions(Protocol):
    """Authorization requests that wait for a person."""

    def put(self, interaction: Interaction) -> None:
        """Keep it."""
        ...

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> Interaction | None:
        """The interaction if it is neither used up nor expired at `now`."""
        ...

    def find_expired(self, tenant_id: str, digest: bytes) -> Interaction | None:
        """The interaction even if it has expired, while it is kept; None if it was used up."""
        ...

    def note(self, tenant_id: str, digest: bytes, facts: Mapping[str, Any]) -> None:
        """Add facts to its `data`."""
        ...

    def take(self, tenant_id: str, digest: bytes, now: datetime) -> Interaction | None:
        """Use it up (a denial); None if it was used up or expired before."""
        ...


class Consents(Protocol):
    """What accounts have allowed clients."""

    def find(self, tenant_id: str, account_id: str, client_id: str) -> Consent | None:
        """What is remembered, if anything."""
        ...


class Clients(Protocol):
    """The registered clients of one tenant."""

    def find(self, client_id: str) -> Client | None:
        """The client, disabled or not."""
        ...


class People(Protocol):
    """Who may log in, for grants that bring a password along (RFC 6749 section 4.3)."""

    def authenticate_password(self, username: str, password: str) -> Account | None:
        """The account if name and password belong together and it may log in now.

        Raises:
            InvalidGrant: it needs a second factor, which cannot be asked for here.
        """
        ...

    def reachable(self, account: Account) -> frozenset[str]:
        """The classes of `acr` that the second factors of an account lead to."""
        ...


class Access(Protocol):
    """Who may do what (REQUIREMENTS.md I)."""

    def of(self, tenant: Tenant, account: Account) -> Held:
        """What an account holds, as of the tenant's access stamp."""
        ...

    def of_now(self, tenant: Tenant, account: Account) -> Held:
        """The same, read now: before somebody is refused."""
        ...

    def of_client(self, tenant: Tenant, client: Client) -> Held:
        """What a client holds where it speaks for itself."""
        ...

    def forget(self, tenant_id: str) -> None:
        """Read anew what was read of a tenant, because this process has changed it."""
        ...


class SecretVerifier(Protocol):
    """Compares client secrets with what is kept of them."""

    def matches(self, client: Client | None, presented: str, now: datetime) -> bool:
        """Whether `presented` is a live secret of the client, in constant time; None has none."""
        ...

    def readable(self, client: Client, now: datetime) -> tuple[bytes, ...]:
        """The client's live secrets that are kept so that they can be read (client_secret_jwt)."""
        ...


class ClientKeys(Protocol):
    """The keys that clients publish at their `jwks_uri`."""

    def find(self, uri: str, now: datetime) -> tuple[ClientKey, ...]:
        """The keys, fetched only if none are known that are fresh enough.

        Raises:
            KeysUnavailable: they cannot be fetched now.
        """
        ...

    def renewed(self, uri: str, now: datetime) -> tuple[ClientKey, ...]:
        """The keys, fetched again because one was missing; not if that was done just before.

        Raises:
            KeysUnavailable: as `find`.
        """
        ...


class RequestObjects(Protocol):
    """What clients keep at their `request_uri`s."""

    def fetch(self, uri: str) -> str:
        """What is there now, not yet read.

        Raises:
            RequestObjectUnavailable: nothing could be had.
        """
        ...


class Replays(Protocol):
    """What may be used once only: identifiers of assertions."""

    def use(self, tenant_id: str, key: bytes, expires_at: datetime, now: datetime) -> bool:
        """Use a key up in one statement of its own; False if it was used up before.

        Args:
            key: SHA-256 of what must be unique.
            expires_at: from when on nobody could present it any more; then it is forgotten.
        """
        ...


class Store(Protocol):
    """All of storage that the engine uses."""

    @property
    def codes(self) -> Codes:
        """Authorization codes."""
        ...

    @property
    def refresh_tokens(self) -> RefreshTokens:
        """Refresh tokens."""
        ...

    @property
    def access_tokens(self) -> AccessTokens:
        """Opaque access tokens, and what is known of signed ones."""
        ...

    @property
    def grants(self) -> Grants:
        """Grants as a whole."""
        ...

    @property
    def interactions(self) -> Interactions:
        """Requests that wait for a person."""
        ...

    @property
    def replays(self) -> Replays:
        """What may be used once only."""
        ...

    @property
    def consents(self) -> Consents:
        """What accounts have allowed clients."""
        ...

    @property
    def access(self) -> Access:
        """Who may do what."""
        ...


class Configuration(Protocol):
    """The tenant's snapshot and its successor."""

    def newer(self, tenant: Tenant) -> "tuple[Tenant, Clients] | None":
        """A snapshot later than `tenant`'s stamp, read now; None if it has not changed."""
        ...
