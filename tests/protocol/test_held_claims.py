"""`roles`, `groups` and `permissions` by scopes of those names (RFC 9068 section 2.2.3.1)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from authwell.protocol import discovery, scopes
from authwell.protocol.tokens.introspection import introspect
from authwell.storage.memory import MemoryStore
from authwell.storage.memory.access import MemoryAccess
from tests.protocol.conftest import ALICE, CALLBACK, World, make_world, told
from tests.support.jose import claims_of

CLIENT = {
    "client_id": "staff",
    "redirect_uris": [CALLBACK],
    "token_endpoint_auth_method": "client_secret_basic",
    "scope": "openid roles groups permissions",
    "consent": "implicit",
}
HELD = {
    "roles": ["editor", "helper"],
    "groups": ["staff"],
    "permissions": ["document:manage", "user:read"],
}


@pytest.fixture
def world() -> World:
    """Alice holds two roles and belongs to a group."""
    made = make_world(CLIENT)
    store = made.server.store
    assert isinstance(store, MemoryStore)
    store.shelves.role_permissions["helper"] = frozenset({"user:read"})
    store.shelves.role_permissions["editor"] = frozenset({"document:manage"})
    store.shelves.groups[ALICE.id] = frozenset({"staff"})
    holder = replace(ALICE, roles=("helper", "editor"))
    return replace(made, session=replace(made.session, account=holder))


def issued(world: World, **changes: str) -> dict[str, Any]:
    return world.redeem(world.code(client_id="staff", **changes), "staff")


def of_held(told_now: dict[str, Any]) -> dict[str, Any]:
    return {name: told_now[name] for name in HELD if name in told_now}


@pytest.mark.req("3.2", "I11")
@pytest.mark.parametrize("name", HELD)
def test_each_scope_tells_the_claim_of_its_name(world: World, name: str) -> None:
    token = issued(world, scope=f"openid {name}")["access_token"]

    expected = {name: HELD[name]}

    assert of_held(claims_of(token)) == expected
    assert of_held(told(world.server, token)) == expected
    assert of_held(introspect(world.server, world.request("staff", token=token))) == expected


def test_an_id_token_has_them_where_the_claims_parameter_asks(world: World) -> None:
    asked = {"id_token": {"roles": None, "groups": {"value": ["others"]}}}

    found = issued(world, scope="openid", claims=json.dumps(asked))

    assert of_held(claims_of(found["id_token"])) == {"roles": HELD["roles"]}
    assert of_held(claims_of(found["access_token"])) == {}


def test_a_client_without_the_scope_learns_nothing_by_the_claims_parameter(world: World) -> None:
    asked = {"id_token": {"roles": None}, "userinfo": {"permissions": None}}

    found = world.redeem(world.code(scope="openid", claims=json.dumps(asked)))

    assert of_held(claims_of(found["id_token"])) == {}
    assert of_held(told(world.server, found["access_token"])) == {}


def test_what_nobody_asks_for_is_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    code = world.code(client_id="staff", scope="openid")
    monkeypatch.setattr(MemoryAccess, "of", pytest.fail)

    token = world.redeem(code, "staff")["access_token"]

    assert of_held(told(world.server, token)) == {}
    assert introspect(world.server, world.request("staff", token=token))["active"] is True


def test_they_are_offered(world: World) -> None:
    document = discovery.metadata(world.server.tenant, locales=("en",))

    assert HELD.keys() <= set(document["scopes_supported"])
    assert HELD.keys() <= set(document["claims_supported"])
    assert HELD.keys() == scopes.ACCESS_SCOPES.keys()
