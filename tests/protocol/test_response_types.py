"""Response types and modes (OAuth 2.0 Multiple Response Types, OpenID Connect Core 3.2, 3.3)."""

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import FrameType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from authwell.protocol import grants
from authwell.protocol.authorization.interaction import Grant, Progress, next_step
from authwell.protocol.authorization.request import RefusedRequest
from authwell.protocol.authorization.response import Decision, grant_request, refuse_request
from authwell.protocol.authorization.response_modes import FormPost, Redirect
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.discovery import metadata
from authwell.protocol.errors import InvalidGrant, InvalidToken, UnsupportedGrantType
from authwell.protocol.jose import signing
from authwell.protocol.model import Client
from authwell.protocol.policy import tenant_policies
from authwell.protocol.tokens.access_token import read
from authwell.protocol.tokens.id_token import half_hash
from authwell.storage.memory import MemoryStore
from authwell.storage.memory.shelves import Shelves
from tests.protocol.conftest import (
    ALICE,
    CALLBACK,
    ISSUER,
    WEB,
    World,
    make_tenant,
    make_world,
    told,
)

BROUGHT: Mapping[str, frozenset[str]] = {
    "code": frozenset({"code"}),
    "none": frozenset(),
    "id_token": frozenset({"id_token"}),
    "id_token token": frozenset({"id_token", "token"}),
    "code id_token": frozenset({"code", "id_token"}),
    "code token": frozenset({"code", "token"}),
    "code id_token token": frozenset({"code", "id_token", "token"}),
}
HYBRID = [kind for kind, brought in BROUGHT.items() if "code" in brought and len(brought) > 1]
WITH_ID_TOKEN = [kind for kind, brought in BROUGHT.items() if "id_token" in brought]
WITH_TOKEN = [kind for kind, brought in BROUGHT.items() if "token" in brought]
TOKEN_PARAMETERS = {"access_token", "token_type", "expires_in", "scope"}
PROFILES = ["oauth21", "oidc_classic"]

CLASSIC: Mapping[str, Any] = {
    **WEB,
    "client_id": "classic",
    "profile": "oidc_classic",
    "grant_types": ["authorization_code", "implicit", "refresh_token"],
    "response_types": list(BROUGHT),
    "consent": "implicit",
}
CLASSIC_SPA = {**CLASSIC, "client_id": "classic-spa", "token_endpoint_auth_method": "none"}
CLASSIC_OPAQUE = {**CLASSIC, "client_id": "classic-opaque", "access_token_format": "opaque"}
CLASSIC_JWT = {**CLASSIC, "client_id": "classic-jwt", "access_token_format": "jwt"}


@dataclass(frozen=True)
class Sent:
    """What arrived at the client, and how."""

    mode: str
    params: dict[str, str]


def sent(answer: Redirect | FormPost) -> Sent:
    if isinstance(answer, FormPost):
        assert answer.action == CALLBACK
        return Sent("form_post", dict(answer.fields))
    parts = urlsplit(answer.location)
    assert parts._replace(query="", fragment="").geturl() == CALLBACK
    assert not (parts.query and parts.fragment)
    mode = "fragment" if parts.fragment else "query"
    return Sent(mode, dict(parse_qsl(parts.fragment or parts.query, strict_parsing=True)))


@pytest.fixture
def world() -> World:
    """A tenant that has both profiles."""
    return make_world(CLASSIC, CLASSIC_SPA, CLASSIC_OPAQUE, CLASSIC_JWT, profiles=PROFILES)


def ask(world: World, response_type: str, **changes: str | None) -> Sent:
    """An authorization of alice, granted or refused."""
    asked: dict[str, str | None] = {"client_id": "classic", "nonce": "n1"}
    try:
        request = world.read(response_type=response_type, **asked | changes)
        step = next_step(request, world.session, None, Progress(), world.server.now)
        assert isinstance(step, Grant)
        return sent(grant_request(world.server, request, Decision(step)))
    except RefusedRequest as refused:
        return sent(refuse_request(world.server, refused))


def claims_of(world: World, token: str) -> dict[str, Any]:
    return signing.verify(token, world.server.tenant.keys, typ="")


# -- what comes back, and how --------------------------------------------------------------


@pytest.mark.parametrize("mode", [None, "query", "fragment", "form_post"])
@pytest.mark.parametrize("response_type", BROUGHT)
@pytest.mark.req("RU-17", "RU-15")
def test_each_type_brings_its_own_in_the_mode_that_was_asked_for(
    world: World, response_type: str, mode: str | None
) -> None:
    brought = BROUGHT[response_type]
    by_token = bool(brought & {"id_token", "token"})

    answer = ask(world, response_type, response_mode=mode)

    assert answer.params["state"] == "xyz"
    assert answer.params["iss"] == ISSUER
    if mode == "query" and by_token:
        assert answer.mode == "fragment"
        assert answer.params["error"] == "invalid_request"
        assert not answer.params.keys() & {"code", "access_token", "id_token"}
        return
    assert answer.mode == (mode or ("fragment" if by_token else "query"))
    expected = {"state", "iss", "session_state"} | (brought - {"token"})
    assert answer.params.keys() == expected | (TOKEN_PARAMETERS if "token" in brought else set())


@pytest.mark.parametrize("response_type", WITH_ID_TOKEN)
@pytest.mark.req("TK-15")
def test_the_id_token_is_bound_to_what_comes_with_it(world: World, response_type: str) -> None:
    params = ask(world, response_type).params

    claims = claims_of(world, params["id_token"])

    hashes = {"at_hash": params.get("access_token"), "c_hash": params.get("code"), "s_hash": "xyz"}
    for name, value in hashes.items():
        assert claims.get(name) == (half_hash(value, "RS256") if value else None)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, "classic", ALICE.id)
    assert claims["nonce"] == "n1"


def test_without_state_the_id_token_has_no_hash_of_it(world: World) -> None:
    params = ask(world, "id_token", state=None).params

    assert "s_hash" not in claims_of(world, params["id_token"])
    assert "state" not in params


def test_a_state_of_any_characters_is_hashed(world: World) -> None:
    params = ask(world, "id_token", state="zürich ☃").params

    assert claims_of(world, params["id_token"])["s_hash"] == half_hash("zürich ☃", "RS256")


@pytest.mark.parametrize("response_type", WITH_TOKEN)
def test_the_access_token_works_at_userinfo(world: World, response_type: str) -> None:
    params = ask(world, response_type).params

    assert params["token_type"] == "Bearer"
    assert int(params["expires_in"]) == 3600
    assert told(world.server, params["access_token"])["name"] == "Alice Example"


@pytest.mark.parametrize("response_type", WITH_TOKEN)
def test_an_opaque_access_token_is_kept_and_works(world: World, response_type: str) -> None:
    params = ask(world, response_type, client_id="classic-opaque").params

    assert "." not in params["access_token"]
    assert told(world.server, params["access_token"])["sub"] == ALICE.id


@pytest.mark.parametrize(
    ("response_type", "has_them"), [("id_token", True), ("code id_token", False)]
)
def test_claims_are_in_an_id_token_that_comes_alone(
    world: World, response_type: str, has_them: bool
) -> None:
    params = ask(world, response_type, scope="openid profile email").params

    claims = claims_of(world, params["id_token"])

    assert ("name" in claims, "email" in claims, "given_name" in claims) == (has_them,) * 3
    assert "phone_number" not in claims


def test_a_claim_asked_for_one_by_one_is_in_the_id_token_of_any_type(world: World) -> None:
    wanted = '{"id_token":{"email":{"essential":true}}}'

    params = ask(world, "code id_token", scope="openid", claims=wanted).params

    assert claims_of(world, params["id_token"])["email"] == ALICE.email


@pytest.mark.parametrize("response_type", HYBRID)
def test_both_id_tokens_of_a_hybrid_flow_agree(world: World, response_type: str) -> None:
    params = ask(world, response_type).params

    back = claims_of(world, world.redeem(params["code"], "classic")["id_token"])

    if "id_token" in params:
        front = claims_of(world, params["id_token"])
        for name in ("iss", "sub", "aud", "nonce", "sid", "auth_time"):
            assert front[name] == back[name]
    assert (back["iss"], back["sub"]) == (ISSUER, ALICE.id)


@pytest.mark.parametrize("order", ["token id_token code", "id_token token code"])
def test_the_order_of_the_values_does_not_matter(world: World, order: str) -> None:
    params = ask(world, order).params

    assert params.keys() == {"code", "id_token", "state", "iss", "session_state"} | TOKEN_PARAMETERS


def test_none_keeps_a_grant_but_gives_nothing(world: World) -> None:
    answer = ask(world, "none")

    assert answer.params.pop("session_state")
    assert answer == Sent("query", {"state": "xyz", "iss": ISSUER})
    assert len(shelves(world).grants) == 1
    assert not shelves(world).codes


@pytest.mark.req("TK-14")
@pytest.mark.parametrize("response_type", ["id_token", "code id_token"])
def test_claims_of_an_account_replace_none_of_the_protocol(
    world: World, response_type: str
) -> None:
    forged = {"iss": "https://evil.example", "sub": "bob", "aud": "rs", "exp": 1, "nonce": "x"}
    mallory = replace(ALICE, claims={**forged, "gender": "other"})
    world = replace(world, session=replace(world.session, account=mallory))
    wanted = json.dumps({"id_token": dict.fromkeys([*forged, "gender"])})

    params = ask(world, response_type, claims=wanted).params

    claims = claims_of(world, params["id_token"])
    assert (claims["iss"], claims["sub"], claims["aud"]) == (ISSUER, ALICE.id, "classic")
    assert (claims["nonce"], claims["gender"]) == ("n1", "other")
    assert claims["exp"] > world.server.now.timestamp()


# -- what must not come --------------------------------------------------------------------


@pytest.mark.parametrize("response_type", ["id_token", "id_token token", "none"])
@pytest.mark.req("RT-11")
def test_without_a_code_there_is_no_offline_access(world: World, response_type: str) -> None:
    params = ask(world, response_type, scope="openid offline_access").params

    (grant,) = shelves(world).grants.values()
    assert not grant.offline
    assert "offline_access" not in grant.scope
    assert not shelves(world).codes
    assert "refresh_token" not in params


def test_a_code_of_a_hybrid_flow_brings_the_refresh_token(world: World) -> None:
    params = ask(world, "code id_token token").params

    assert "refresh_token" in world.redeem(params["code"], "classic")


@pytest.mark.req("CD-01")
def test_a_replayed_code_ends_the_access_token_that_came_with_it(world: World) -> None:
    params = ask(world, "code token").params
    world.redeem(params["code"], "classic")

    with pytest.raises(InvalidGrant):
        world.redeem(params["code"], "classic")

    with pytest.raises(InvalidToken):
        read(world.server, params["access_token"])


@pytest.mark.parametrize("response_type", WITH_ID_TOKEN)
def test_an_id_token_from_here_needs_a_nonce(world: World, response_type: str) -> None:
    answer = ask(world, response_type, nonce=None)

    assert answer.mode == "fragment"
    assert answer.params["error"] == "invalid_request"


@pytest.mark.parametrize("response_type", ["code", "code token", "none"])
def test_without_an_id_token_from_here_no_nonce_is_needed(world: World, response_type: str) -> None:
    assert "error" not in ask(world, response_type, nonce=None).params


def test_an_id_token_needs_the_scope_openid(world: World) -> None:
    answer = ask(world, "id_token", scope="profile")

    assert answer == Sent(
        "fragment",
        {
            "error": "invalid_scope",
            "error_description": "An ID token needs the scope openid.",
            "state": "xyz",
            "iss": ISSUER,
        },
    )


@pytest.mark.req("RU-16")
@pytest.mark.parametrize("client_id", ["web", "spa"])
@pytest.mark.parametrize("response_type", [*sorted(set(BROUGHT) - {"code"}), "token"])
def test_clients_of_other_profiles_get_nothing_from_here(
    world: World, client_id: str, response_type: str
) -> None:
    answer = ask(world, response_type, client_id=client_id)

    assert answer.params["error"] == "unsupported_response_type"
    assert not shelves(world).grants


@pytest.mark.req("RU-16")
@pytest.mark.parametrize("client_id", ["classic", "classic-spa"])
def test_a_token_alone_is_not_supported_at_all(world: World, client_id: str) -> None:
    answer = ask(world, "token", client_id=client_id)

    assert (answer.mode, answer.params["error"]) == ("fragment", "unsupported_response_type")


def test_a_client_gets_only_the_types_that_it_is_registered_for() -> None:
    world = make_world({**CLASSIC, "response_types": ["code", "id_token"]}, profiles=PROFILES)

    answer = ask(world, "code id_token")

    assert (answer.mode, answer.params["error"]) == ("fragment", "unauthorized_client")


@pytest.mark.parametrize("mode", ["fragment", "form_post"])
@pytest.mark.req("RU-13")
def test_errors_travel_as_the_answer_would(world: World, mode: str) -> None:
    answer = ask(world, "code id_token", response_mode=mode, prompt="none", max_age="-1")

    assert answer.mode == mode
    assert answer.params["error"] == "invalid_request"


# -- PKCE -----------------------------------------------------------------------------------


@pytest.mark.req("PK-01")
@pytest.mark.parametrize(("response_type", "brought"), BROUGHT.items())
def test_public_clients_prove_each_code(
    world: World, response_type: str, brought: frozenset[str]
) -> None:
    none = {"code_challenge": None, "code_challenge_method": None}

    answer = ask(world, response_type, client_id="classic-spa", **none)

    assert (answer.params.get("error") == "invalid_request") == ("code" in brought)


@pytest.mark.parametrize("response_type", BROUGHT)
def test_confidential_clients_of_this_profile_need_no_pkce(
    world: World, response_type: str
) -> None:
    none = {"code_challenge": None, "code_challenge_method": None}

    assert "error" not in ask(world, response_type, **none).params


# -- registration and metadata --------------------------------------------------------------


@pytest.mark.parametrize(
    ("response_type", "grant_types"),
    [
        ("code", ["implicit"]),
        ("id_token", ["authorization_code"]),
        ("token id_token", ["authorization_code"]),
        ("code id_token", ["authorization_code"]),
        ("code token", ["implicit"]),
        ("code id_token token", ["authorization_code"]),
    ],
)
def test_a_response_type_needs_its_grant_types(response_type: str, grant_types: list[str]) -> None:
    entry = {**CLASSIC, "response_types": [response_type], "grant_types": grant_types}

    with pytest.raises(InvalidClientMetadata) as caught:
        registered(entry)

    assert caught.value.member == "response_types"


def test_response_types_are_registered_in_any_order() -> None:
    client = registered({**CLASSIC, "response_types": ["token id_token code", "id_token code"]})

    assert client.response_types == {"code id_token token", "code id_token"}


@pytest.mark.parametrize("member", ["response_types", "grant_types"])
def test_the_profile_oauth21_has_no_implicit_grant(member: str) -> None:
    entry = {**WEB, member: ["authorization_code", "implicit"]}
    if member == "response_types":
        entry[member] = ["id_token"]

    with pytest.raises(InvalidClientMetadata) as caught:
        registered(entry)

    assert caught.value.member == member


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/cb", "http://localhost/cb", "https://localhost/cb"]
)
def test_web_clients_get_tokens_by_https_on_public_hosts_only(uri: str) -> None:
    with pytest.raises(InvalidClientMetadata) as caught:
        registered({**CLASSIC, "redirect_uris": [uri]})

    assert caught.value.code == "invalid_redirect_uri"


def test_native_clients_get_tokens_on_the_loopback() -> None:
    native = {**CLASSIC, "application_type": "native", "redirect_uris": ["http://127.0.0.1/cb"]}

    assert registered(native).redirect_uris == ("http://127.0.0.1/cb",)


def test_a_client_without_redirect_uris_has_no_response_type() -> None:
    entry = {**CLASSIC, "redirect_uris": [], "grant_types": ["implicit"]}

    with pytest.raises(InvalidClientMetadata):
        registered({**entry, "response_types": ["id_token"]})


def test_a_tenant_has_this_profile_only_if_it_lists_it() -> None:
    assert list(tenant_policies({}, {})) == ["oauth21"]
    assert list(tenant_policies({"profiles": PROFILES}, {})) == PROFILES


@pytest.mark.req("DC-06")
def test_discovery_lists_what_the_profiles_of_the_tenant_have() -> None:
    plain = metadata(make_tenant(), locales=("en",))
    both = metadata(make_tenant(profiles=PROFILES), locales=("en",))

    assert plain["response_types_supported"] == ["code"]
    assert "implicit" not in plain["grant_types_supported"]
    assert set(both["response_types_supported"]) == set(BROUGHT)
    assert "implicit" in both["grant_types_supported"]
    assert both["response_modes_supported"] == ["form_post", "fragment", "query"]


def test_the_grant_implicit_is_none_of_the_token_endpoint(world: World) -> None:
    request = world.request("classic", grant_type="implicit")

    with pytest.raises(UnsupportedGrantType):
        grants.exchange(world.server, request)


# -- cost -----------------------------------------------------------------------------------


def signatures(call: Callable[[], object]) -> int:
    """How many signatures a call made."""
    made: list[str] = []

    def count(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code is signing.sign.__code__:
            made.append(frame.f_code.co_name)

    sys.setprofile(count)
    try:
        call()
    finally:
        sys.setprofile(None)
    return len(made)


def whole_flow(world: World, response_type: str, **changes: str | None) -> int:
    """The signatures of an authorization, and of redeeming its code if it has one."""

    def flow() -> None:
        params = ask(world, response_type, **changes).params
        if "code" in params:
            world.redeem(params["code"], str(changes.get("client_id", "classic")))

    return signatures(flow)


@pytest.mark.parametrize("mode", [None, "form_post"])
@pytest.mark.parametrize(
    ("response_type", "expected"),
    [
        ("code", 2),
        ("code token", 2),
        ("code id_token", 3),
        ("code id_token token", 3),
        ("id_token", 1),
        ("id_token token", 1),
        ("none", 0),
    ],
)
def test_form_post_costs_no_signature_and_hybrid_one(
    world: World, response_type: str, expected: int, mode: str | None
) -> None:
    assert whole_flow(world, response_type, response_mode=mode) == expected


@pytest.mark.parametrize(
    ("client_id", "scope", "front", "whole"),
    [
        ("classic", "openid read", 2, 4),
        ("classic-jwt", "openid", 2, 4),
        ("classic-opaque", "openid read", 1, 2),
    ],
)
def test_an_api_that_reads_jwts_costs_a_signature_more_where_a_token_comes_early(
    world: World, client_id: str, scope: str, front: int, whole: int
) -> None:
    both = {"client_id": client_id, "scope": scope}

    assert signatures(lambda: ask(world, "code id_token token", **both)) == front
    assert whole_flow(world, "code id_token token", **both) == whole


def registered(entry: Mapping[str, Any]) -> Client:
    tenant = make_tenant(profiles=PROFILES)
    return read_client(entry, Registration(tenant.id, tenant.policies))


def shelves(world: World) -> Shelves:
    assert isinstance(world.server.store, MemoryStore)
    return world.server.store.shelves
