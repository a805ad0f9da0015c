"""The core flows of the engine, from request to tokens and back."""

from typing import Any

import pytest

from authwell.protocol.errors import InvalidGrant, InvalidTarget
from authwell.protocol.jose import signing
from authwell.protocol.tokens.introspection import introspect
from authwell.protocol.tokens.revocation import revoke
from tests.protocol.conftest import ALICE, API, World, make_world, told


@pytest.mark.req("B1", "B2", "B3")
def test_a_code_gives_tokens_about_the_person(world: World) -> None:
    tokens = world.redeem(world.code(nonce="n1"))

    claims = signing.verify(tokens["id_token"], world.server.tenant.keys, typ="")
    assert tokens["token_type"] == "Bearer"
    assert claims["sub"] == ALICE.id
    assert claims["aud"] == "web"
    assert claims["nonce"] == "n1"
    assert told(world.server, tokens["access_token"])["name"] == "Alice Example"


@pytest.mark.req("CD-01")
def test_a_code_used_twice_ends_its_tokens(world: World) -> None:
    code = world.code()
    tokens = world.redeem(code)

    with pytest.raises(InvalidGrant):
        world.redeem(code)

    with pytest.raises(InvalidGrant):
        world.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert introspect(world.server, world.request(token=tokens["access_token"])) == {
        "active": False
    }


@pytest.mark.req("RT-02", "1.5")
def test_a_retried_refresh_gets_the_same_successor(world: World) -> None:
    first = world.redeem(world.code())["refresh_token"]

    second = world.token(grant_type="refresh_token", refresh_token=first)
    again = world.later(seconds=5).token(grant_type="refresh_token", refresh_token=first)

    assert again["refresh_token"] == second["refresh_token"]
    assert again["access_token"] != second["access_token"]


@pytest.mark.req("RT-01", "1.5")
def test_a_replayed_refresh_token_ends_the_family(world: World) -> None:
    first = world.redeem(world.code())["refresh_token"]
    second = world.token(grant_type="refresh_token", refresh_token=first)["refresh_token"]

    with pytest.raises(InvalidGrant):
        world.later(seconds=11).token(grant_type="refresh_token", refresh_token=first)

    with pytest.raises(InvalidGrant):
        world.later(seconds=12).token(grant_type="refresh_token", refresh_token=second)


@pytest.mark.req("RT-01", "1.5")
@pytest.mark.parametrize("wrong", [{"scope": "openid admin"}, {"resource": "urn:nowhere"}])
def test_a_replay_ends_the_family_whatever_else_is_wrong(
    world: World, wrong: dict[str, str]
) -> None:
    first = world.redeem(world.code())
    second = world.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    replay = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}

    with pytest.raises(InvalidGrant):
        world.later(minutes=1).token(**replay, **wrong)

    with pytest.raises(InvalidGrant):
        world.token(grant_type="refresh_token", refresh_token=second["refresh_token"])


@pytest.mark.req("TK-09", "BR-07")
def test_a_token_is_for_no_api_whose_scope_was_not_granted(world: World) -> None:
    with_scope = world.redeem(world.code(scope="openid read"), resource=API)
    code = world.code(scope="openid profile")

    with pytest.raises(InvalidTarget):
        world.redeem(code, resource=API)

    tokens = world.redeem(code)
    with pytest.raises(InvalidTarget):
        world.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"], resource=API)
    assert API in audience_of(world, with_scope)
    assert audience_of(world, tokens) == world.server.issuer


def audience_of(world: World, tokens: dict[str, Any]) -> Any:
    """Whom an access token is for."""
    return signing.verify(tokens["access_token"], world.server.tenant.keys, typ="at+jwt")["aud"]


@pytest.mark.req("1.4", "B4")
def test_a_service_gets_a_token_for_the_api_that_owns_its_scope(world: World) -> None:
    tokens = world.token("service", grant_type="client_credentials", scope="read")

    seen = introspect(world.server, world.request("rs", token=tokens["access_token"]))

    assert seen["active"] is True
    assert seen["aud"] == API
    assert seen["sub"] == seen["client_id"] == "service"
    assert "refresh_token" not in tokens


@pytest.mark.req("EP-05", "1.7")
def test_revoking_the_refresh_token_ends_the_access_token(world: World) -> None:
    tokens = world.redeem(world.code())

    revoke(world.server, world.request(token=tokens["refresh_token"]))

    assert introspect(world.server, world.request(token=tokens["access_token"])) == {
        "active": False
    }


@pytest.mark.req("1.14")
def test_an_opaque_token_serves_like_a_signed_one() -> None:
    metadata = {
        "client_id": "opaque",
        "grant_types": ["client_credentials"],
        "scope": "read",
        "access_token_format": "opaque",
    }
    world = make_world(metadata)

    tokens = world.token("opaque", grant_type="client_credentials")

    assert "." not in tokens["access_token"]
    assert introspect(world.server, world.request("rs", token=tokens["access_token"]))["active"]
