"""The values that the engine reasons about: tenants, clients, accounts, grants and tokens.

A value that exists is valid: storage and `clients.metadata` build them from checked rows,
and nothing changes them afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from authwell.protocol.blocks import NONE, Blocks
from authwell.protocol.clients.registration_policy import CLOSED, Origin, RegistrationPolicy
from authwell.protocol.jose.client_keys import ClientKey
from authwell.protocol.jose.keys import KeyRing
from authwell.protocol.policy import Policy
from authwell.utils.randomness import new_id

SECRET_METHODS = frozenset({"client_secret_basic", "client_secret_post", "client_secret_jwt"})
"""Methods of client authentication that rest on a shared secret."""


@dataclass(frozen=True, slots=True)
class Encryption:
    """How something is encrypted to a client (RFC 7516): for the key, and for the content."""

    alg: str
    enc: str


TokenFormat = Literal["jwt", "opaque"]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource server's API, named by an absolute URI (RFC 8707 section 2)."""

    identifier: str
    name: str
    scope: frozenset[str]
    access_token_format: TokenFormat | None = None
    access_token_signing_alg: str | None = None
    access_token_lifetime: timedelta | None = None
    introspection_clients: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Tenant:
    """One issuer with its policy, resources, scopes and keys, as of one configuration stamp."""

    id: str
    slug: str
    name: str
    issuer: str
    policies: Mapping[str, Policy]
    """By profile name; the first is the default of the tenant's clients."""
    resources: Mapping[str, Resource]
    scopes: Mapping[str, str]
    """Scope name to the sentence that the consent page shows."""
    keys: KeyRing
    status: Literal["active", "suspended", "deleted"] = "active"
    not_before: datetime | None = None
    stamp: int = 0
    access_stamp: int = 0
    """Moves with each change of who may do what; see `ports.Access`."""
    pairwise_key: bytes | None = field(default=None, repr=False)
    """From which pairwise subjects are made; see `protocol.subjects`."""
    registration: RegistrationPolicy = CLOSED
    """Whether clients may register themselves."""
    people_policy: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The members of its policy that are about people, as they were configured."""
    blocks: Blocks = NONE
    """What administrators have shut out."""

    @property
    def policy(self) -> Policy:
        """The policy of the tenant's default profile."""
        return next(iter(self.policies.values()))

    @property
    def api(self) -> str:
        """The identifier of our own APIs as a resource."""
        return f"{self.issuer}/api"


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """One live secret of a client: an HMAC of a machine's secret, an Argon2 hash of a human's, or
    itself under AES-GCM where it must be read again (client_secret_jwt).
    """

    kind: Literal["hmac", "argon2", "sealed"]
    value: str
    """Base64url without padding of the HMAC or the sealed secret, or the encoded Argon2 hash."""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client (RFC 7591 section 2), parsed once for each configuration stamp."""

    tenant_id: str
    client_id: str
    name: str
    policy: Policy
    secrets: tuple[ClientSecret, ...]
    token_endpoint_auth_method: str
    grant_types: frozenset[str]
    response_types: frozenset[str]
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: frozenset[str]
    scope: frozenset[str]
    token_endpoint_auth_signing_alg: str | None = None
    """The one algorithm of its assertions; None allows all of the policy."""
    jwks: tuple[ClientKey, ...] = ()
    jwks_uri: str | None = None
    request_object_signing_alg: str | None = None
    """The one algorithm of its request objects; None allows all of the policy."""
    request_uris: tuple[str, ...] = ()
    require_signed_request_object: bool = False
    application_type: Literal["web", "native"] = "web"
    consent: Literal["required", "implicit"] = "required"
    introspection: Literal["audience", "tenant"] = "audience"
    allowed_resources: frozenset[str] = frozenset()
    password_grant: bool = False
    access_token_format: TokenFormat | None = None
    access_token_signing_alg: str | None = None
    access_token_lifetime: timedelta | None = None
    id_token_signed_response_alg: str = "RS256"
    userinfo_signed_response_alg: str | None = None
    """None: plain JSON."""
    id_token_encryption: Encryption | None = None
    userinfo_encryption: Encryption | None = None
    refresh_retry: timedelta = timedelta(seconds=10)
    sector: str | None = None
    """The host whose clients know a person by one pairwise subject; None: by the public one."""
    pairwise_key: bytes | None = field(default=None, repr=False)
    default_max_age: timedelta | None = None
    initiate_login_uri: str | None = None
    """Where the client begins a login for whoever is sent there (OpenID Connect Core section 4)."""
    require_auth_time: bool = False
    default_acr_values: tuple[str, ...] = ()
    """The classes of which each login must reach one, as far as there are such here."""
    backchannel_logout_uri: str | None = None
    frontchannel_logout_uri: str | None = None
    display: Mapping[str, str] = field(default_factory=dict[str, str])
    """client_uri, logo_uri, policy_uri and tos_uri, as far as registered."""
    status: Literal["active", "disabled"] = "active"
    not_before: datetime | None = None
    registered_by: Origin = "administrator"

    @property
    def is_verified(self) -> bool:
        """Whether an administrator stands behind the client and what it calls itself."""
        return self.registered_by == "administrator"

    @property
    def is_public(self) -> bool:
        """Whether the client cannot keep a secret (RFC 6749 section 2.1)."""
        return self.token_endpoint_auth_method == "none"

    @property
    def has_secret(self) -> bool:
        """Whether the client authenticates by a secret that it shares with this server."""
        return self.token_endpoint_auth_method in SECRET_METHODS


@dataclass(frozen=True, slots=True)
class Account:
    """A person as this server knows them; `id` is the public subject."""

    id: str
    username: str
    email: str | None = None
    email_verified: bool = False
    full_name: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])
    roles: tuple[str, ...] = ()
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which an account has authenticated."""

    id: str
    account: Account
    auth_time: datetime
    """When the oldest of the methods was shown that it rests on."""
    amr: tuple[str, ...]
    acr: str | None = None
    methods: Mapping[str, datetime] = field(default_factory=dict[str, datetime])
    """When each method was last shown in it."""
    trusted_until: datetime | None = None
    """Until when its device is spared the second factor."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a person, or a client for itself, was allowed; every token points to one.

    `ended` is None while the grant, its tenant, client, account and (unless `offline`)
    session all stand; otherwise the stable reason code of the first that does not.
    """

    id: str
    tenant_id: str
    client_id: str
    account: Account | None
    scope: frozenset[str]
    resources: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    session_id: str | None = None
    sid: str | None = None
    """What the client knows the session by (OpenID Connect Back-Channel Logout section 2.1)."""
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The `claims` parameter (OpenID Connect Core section 5.5), with `locales` beside it."""
    auth_time: datetime | None = None
    amr: tuple[str, ...] = ()
    acr: str | None = None
    offline: bool = False
    ended: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What an account has allowed a client and is not asked again."""

    account_id: str
    client_id: str
    scope: frozenset[str]
    resources: frozenset[str]


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the audit log, written in the transaction of the change that it tells of."""

    type: str
    tenant_id: str
    at: datetime
    account_id: str | None = None
    client_id: str | None = None
    session_id: str | None = None
    actor: str | None = None
    address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    id: str = field(default_factory=new_id)

    def about(self, grant: "Grant") -> "Event":
        """The event with the account and the session of the grant that it concerns."""
        account_id = grant.account.id if grant.account is not None else None
        return replace(self, account_id=account_id, session_id=grant.session_id)
