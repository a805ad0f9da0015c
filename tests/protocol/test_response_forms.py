"""The forms of tokens by the client's registration (OpenID Connect Core 3.1.3.6, 5.3.2)."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import new
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from orjson import loads

from authwell.protocol.authorization import hints
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.discovery import metadata
from authwell.protocol.policy import SIGNING_ALGS
from authwell.protocol.userinfo import userinfo
from tests.protocol.conftest import ALICE, ISSUER, WEB, World, make_world

HASHES = {"256": "sha256", "384": "sha384", "512": "sha512"}


def verified(world: World, token: str) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Header and claims of a token that our published keys verify, by another library's rules."""
    keys = KeySet.import_key_set(loads(world.server.tenant.keys.jwks))
    found = jws.deserialize_compact(token, keys, algorithms=list(SIGNING_ALGS))
    return found.headers(), loads(found.payload)


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("alg", SIGNING_ALGS)
def test_an_id_token_is_signed_by_the_registered_algorithm(alg: str) -> None:
    world = make_world({**WEB, "id_token_signed_response_alg": alg}, signing_algs=["ES256", alg])

    tokens = world.redeem(world.code())

    header, claims = verified(world, tokens["id_token"])
    assert header["alg"] == alg
    hashed = new(HASHES.get(alg[-3:], "sha512"), tokens["access_token"].encode()).digest()
    half = urlsafe_b64encode(hashed[: len(hashed) // 2]).rstrip(b"=").decode()
    assert claims["at_hash"] == half


@pytest.mark.req("oidcc-userinfo-rs256")
@pytest.mark.parametrize("alg", ["RS256", "PS512", "ES384", "Ed25519"])
def test_userinfo_is_a_jwt_for_a_client_that_asks_for_one(alg: str) -> None:
    world = make_world(
        {**WEB, "userinfo_signed_response_alg": alg}, signing_algs=["RS256", "ES256", alg]
    )

    found = userinfo(world.server, world.redeem(world.code(nonce="n"))["access_token"])

    assert isinstance(found, str)
    header, claims = verified(world, found)
    assert header["alg"] == alg
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER, "web", ALICE.id)
    assert claims["name"] == "Alice Example"
    assert "nonce" not in claims


@pytest.mark.req("TK-08")
def test_a_signed_userinfo_response_is_no_id_token_hint() -> None:
    world = make_world({**WEB, "userinfo_signed_response_alg": "RS256"})

    found = userinfo(world.server, world.redeem(world.code())["access_token"])

    assert isinstance(found, str)
    assert hints.read(world.server, found) is None


@pytest.mark.parametrize("member", ["id_token_signed_response_alg", "userinfo_signed_response_alg"])
@pytest.mark.parametrize("alg", ["none", "HS256", "ES512", "", 5, ["RS256"]])
def test_an_algorithm_that_the_tenant_does_not_sign_by_is_refused(member: str, alg: Any) -> None:
    with pytest.raises(InvalidClientMetadata, match=member):
        make_world({**WEB, member: alg})


@pytest.mark.req("DC-06")
def test_metadata_list_the_algorithms_of_the_policy() -> None:
    tenant = make_world(signing_algs=["ES384", "RS256"]).server.tenant

    document = metadata(tenant, locales=("en",))

    for name in ("id_token", "userinfo"):
        assert document[f"{name}_signing_alg_values_supported"] == ["ES384", "RS256"]
