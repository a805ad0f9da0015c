"""The engine on memory ports, with a clock that the test sets and valid requests to change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from authwell.protocol import claims, grants
from authwell.protocol.authorization.checks import check_request
from authwell.protocol.authorization.interaction import Grant as GrantStep
from authwell.protocol.authorization.request import AuthorizationRequest, read_request
from authwell.protocol.authorization.response import Decision, grant_request
from authwell.protocol.authorization.response_modes import Redirect
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.jose import keys
from authwell.protocol.jose.client_keys import ClientKey
from authwell.protocol.model import Account, Client, ClientSecret, Resource, Session, Tenant
from authwell.protocol.params import Params
from authwell.protocol.pkce import challenge_of
from authwell.protocol.policy import DEFAULT_SIGNING_ALGS, tenant_policies
from authwell.protocol.ports import KeysUnavailable, RequestObjectUnavailable
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.userinfo import userinfo
from authwell.storage.memory import MemoryStore

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ISSUER = "https://id.example"
API = "https://api.example"
VERIFIER = "v" * 43
CALLBACK = "https://app.example/cb"
SECRET = "s" * 43
ALICE = Account(
    id="01936b4e-0000-7000-8000-00000000a11c",
    username="alice",
    email="alice@example.com",
    email_verified=True,
    full_name="Alice Example",
    claims={"given_name": "Alice", "phone_number": ""},
)

WEB: Mapping[str, Any] = {
    "client_id": "web",
    "client_name": "Web",
    "redirect_uris": [CALLBACK],
    "post_logout_redirect_uris": ["https://app.example/bye"],
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid profile email offline_access read",
}
SPA = {**WEB, "client_id": "spa", "token_endpoint_auth_method": "none"}
SERVICE = {
    "client_id": "service",
    "grant_types": ["client_credentials"],
    "scope": "read write",
}
RESOURCE_SERVER = {"client_id": "rs", "grant_types": []}


class KnownSecret:
    """Accepts one secret for all clients that have one."""

    def matches(self, client: Client | None, presented: str, now: datetime) -> bool:
        return client is not None and bool(client.secrets) and presented == SECRET

    def readable(self, client: Client, now: datetime) -> tuple[bytes, ...]:
        return (SECRET.encode(),) if client.secrets else ()


@dataclass
class PublishedKeys:
    """What clients publish, by address, and how often it was asked for again."""

    sets: dict[str, tuple[ClientKey, ...]] = field(default_factory=dict)
    later: dict[str, tuple[ClientKey, ...]] = field(default_factory=dict)
    renewals: int = 0

    def find(self, uri: str, now: datetime) -> tuple[ClientKey, ...]:
        if uri not in self.sets:
            raise KeysUnavailable("nobody is there")
        return self.sets[uri]

    def renewed(self, uri: str, now: datetime) -> tuple[ClientKey, ...]:
        self.renewals += 1
        return self.later.get(uri, self.sets[uri])


@dataclass
class KeptObjects:
    """Request objects by address, and how often one was fetched."""

    objects: dict[str, str] = field(default_factory=dict[str, str])
    fetches: int = 0

    def fetch(self, uri: str) -> str:
        self.fetches += 1
        if uri not in self.objects:
            raise RequestObjectUnavailable("nobody is there")
        return self.objects[uri]


class Nobody:
    """A password grant for alice."""

    def authenticate_password(self, username: str, password: str) -> Account | None:
        return ALICE if (username, password) == ("alice", "right") else None

    def reachable(self, account: Account) -> frozenset[str]:
        return frozenset()


class Unchanged:
    """A configuration that never has a newer snapshot."""

    def newer(self, tenant: Tenant) -> None:
        return None


class Registry:
    """Clients by id."""

    def __init__(self, clients: Mapping[str, Client]) -> None:
        self._clients = clients

    def find(self, client_id: str) -> Client | None:
        return self._clients.get(client_id)


@cache
def key_ring() -> keys.KeyRing:
    """One active key of each usual algorithm, made once for all tests."""
    return keys.KeyRing(map(stored_key, DEFAULT_SIGNING_ALGS))


@cache
def stored_key(alg: str) -> keys.StoredKey:
    """An active key."""
    key = keys.generate(alg)
    return keys.stored_key(keys.public_jwk(key, alg), "active", keys.to_der(key))


@dataclass
class World:
    """A server with clients, an account that is logged in, and shortcuts for whole steps."""

    server: AuthorizationServer
    session: Session
    clients: dict[str, Client] = field(default_factory=dict)

    def later(self, **passed: float) -> "World":
        """The same world after some time."""
        now = self.server.now + timedelta(**passed)
        return replace(self, server=replace(self.server, now=now))

    def client(self, client_id: str) -> Client:
        """A registered client."""
        return self.clients[client_id]

    def read(self, **changes: str | None) -> AuthorizationRequest:
        """A valid authorization request with some parameters changed or (None) left out."""
        request = read_request(self.server, Params.of(authorization_parameters(**changes)))
        check_request(self.server, request)
        return request

    def code(self, **changes: str | None) -> str:
        """A code for alice."""
        request = self.read(**changes)
        step = GrantStep(self.session, request.scope, claims.scope_of(request.claims))
        answer = grant_request(self.server, request, Decision(step))
        assert isinstance(answer, Redirect)
        parts = urlsplit(answer.location)
        return dict(parse_qsl(parts.query or parts.fragment))["code"]

    def token(self, client_id: str = "web", **form: str) -> dict[str, Any]:
        """A token request of a client by its registered method."""
        return grants.exchange(self.server, self.request(client_id, **form)).response

    def redeem(self, code: str, client_id: str = "web", **changes: str) -> dict[str, Any]:
        """Redeem a code with everything right but what is changed."""
        form = {"code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER} | changes
        return self.token(client_id, grant_type="authorization_code", **form)

    def request(self, client_id: str = "web", **form: str) -> EndpointRequest:
        """A POST to a machine endpoint."""
        if self.clients[client_id].is_public:
            return EndpointRequest(Params.of({"client_id": client_id, **form}))
        return EndpointRequest(Params.of(form), basic(client_id))


def told(server: AuthorizationServer, token: str) -> dict[str, Any]:
    """What userinfo says as plain JSON."""
    found = userinfo(server, token)
    assert isinstance(found, dict)
    return found


def basic(client_id: str, secret: str = SECRET) -> str:
    """An Authorization header."""
    from base64 import b64encode

    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


def authorization_parameters(**changes: str | None) -> dict[str, str]:
    """A valid request, changed."""
    parameters: dict[str, str | None] = {
        "client_id": "web",
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid profile offline_access",
        "state": "xyz",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    parameters.update(changes)
    return {name: value for name, value in parameters.items() if value is not None}


def make_tenant(**policy: Any) -> Tenant:
    """The tenant of the tests."""
    return Tenant(
        id="01936b4e-0000-7000-8000-000000000001",
        slug="default",
        name="Example",
        issuer=ISSUER,
        policies=tenant_policies(policy, {}),
        resources={
            API: Resource(
                API,
                "Example API",
                frozenset({"read", "write"}),
                introspection_clients=frozenset({"rs"}),
            ),
        },
        scopes={"read": "Read your data"},
        pairwise_key=b"p" * 32,
        keys=keys.KeyRing(map(stored_key, policy["signing_algs"]))
        if "signing_algs" in policy
        else key_ring(),
    )


def make_world(*more: Mapping[str, Any], **policy: Any) -> World:
    """A world with the usual clients and `more` of them."""
    tenant = make_tenant(**policy)
    kept = (ClientSecret("hmac", "kept"),)
    clients = {}
    for metadata in (WEB, SPA, SERVICE, RESOURCE_SERVER, *more):
        public = metadata.get("token_endpoint_auth_method") == "none"
        registration = Registration(
            tenant.id,
            tenant.policies,
            () if public else kept,
            pairwise_key=tenant.pairwise_key,
        )
        client = read_client(metadata, registration)
        clients[client.client_id] = client
    server = AuthorizationServer(
        tenant=tenant,
        clients=Registry(clients),
        store=MemoryStore(),
        secrets=KnownSecret(),
        client_keys=PublishedKeys(),
        request_objects=KeptObjects(),
        people=Nobody(),
        configuration=Unchanged(),
        now=NOW,
    )
    session = Session("01936b4e-0000-7000-8000-000000000002", ALICE, NOW, ("pwd",))
    return World(server, session, clients)


@pytest.fixture
def world() -> World:
    """A fresh world."""
    return make_world()
