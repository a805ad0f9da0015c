"""Pairwise subjects (OpenID Connect Core section 8): the same everywhere, told to one sector."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from authwell.protocol import subjects
from authwell.protocol.authorization.interaction import Grant, LogIn, Progress, next_step
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.discovery import metadata
from authwell.protocol.jose import signing
from authwell.protocol.policy import PROFILES
from authwell.protocol.tokens.introspection import introspect
from tests.protocol.conftest import ALICE, NOW, WEB, World, make_world, told

PAIRWISE = {**WEB, "subject_type": "pairwise"}
BOB = replace(ALICE, id="01936b4e-0000-7000-8000-000000000b0b", username="bob")


def entry(client_id: str, **members: Any) -> dict[str, Any]:
    return {**PAIRWISE, "client_id": client_id, **members}


@pytest.fixture
def world() -> World:
    return make_world(
        entry("mine"),
        entry("sibling"),
        entry("foreign", redirect_uris=["https://other.example/cb"]),
        entry("opaque", access_token_format="opaque"),
        entry("joined", sector_identifier_uri="https://APP.example/sector.json"),
    )


def known_as(world: World, client_id: str) -> str:
    return subjects.of(world.client(client_id), ALICE)


def test_a_sector_knows_a_person_by_one_subject_and_another_by_another(world: World) -> None:
    assert known_as(world, "mine") == known_as(world, "sibling") == known_as(world, "joined")
    assert known_as(world, "foreign") != known_as(world, "mine")
    assert subjects.of(world.client("mine"), BOB) != known_as(world, "mine")
    assert known_as(world, "web") == ALICE.id


def test_the_subject_tells_nothing_of_the_account(world: World) -> None:
    other_tenant = replace(world.client("mine"), pairwise_key=b"o" * 32)

    assert len(known_as(world, "mine")) == 43
    assert subjects.of(other_tenant, ALICE) != known_as(world, "mine")
    with pytest.raises(subjects.NoPairwiseKey):
        subjects.of(replace(world.client("mine"), pairwise_key=None), ALICE)


@pytest.mark.req("TK-13")
@pytest.mark.parametrize("client_id", ["mine", "opaque"])
def test_every_answer_has_the_same_subject_and_no_other_name(world: World, client_id: str) -> None:
    tokens = world.redeem(world.code(client_id=client_id), client_id)
    renewed = world.token(
        client_id, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )
    expected = known_as(world, client_id)

    keys = world.server.tenant.keys
    for answer in (tokens, renewed):
        assert signing.verify(answer["id_token"], keys, typ="")["sub"] == expected
        assert told(world.server, answer["access_token"])["sub"] == expected
        for token in (answer["access_token"], renewed["refresh_token"]):
            seen = introspect(world.server, world.request(client_id, token=token))
            assert seen["sub"] == expected
            assert "username" not in seen
    assert ALICE.id not in json.dumps([tokens, renewed])
    if client_id == "mine":
        payload = signing.verify(tokens["access_token"], keys, typ="at+jwt")
        assert payload["sub"] == expected


@pytest.mark.parametrize(
    ("who", "step"), [("mine", Grant), ("foreign", LogIn), ("web", LogIn), ("nobody", LogIn)]
)
@pytest.mark.parametrize("way", ["claims", "hint"])
def test_a_request_for_one_person_names_them_as_its_client_does(
    world: World, way: str, who: str, step: type[Any]
) -> None:
    subject = "nobody" if who == "nobody" else known_as(world, who)
    wanted = json.dumps({"id_token": {"sub": {"value": subject}}})
    request = world.read(client_id="mine", claims=wanted if way == "claims" else None)
    if way == "hint":
        request = replace(request, hinted_subject=subject)
    request = replace(request, client=replace(request.client, consent="implicit"))

    assert isinstance(next_step(request, world.session, None, Progress(), NOW), step)


def test_an_id_token_of_the_client_is_a_hint(world: World) -> None:
    token = world.redeem(world.code(client_id="mine"), "mine")["id_token"]

    own = world.read(client_id="mine", id_token_hint=token)
    sibling = world.read(client_id="sibling", id_token_hint=token)

    assert own.hinted_subject == known_as(world, "mine")
    assert sibling.hinted_subject is None


@pytest.mark.parametrize(
    "members",
    [
        {"redirect_uris": ["https://a.example/cb", "https://b.example/cb"]},
        {"redirect_uris": ["http://127.0.0.1/cb"]},
        {"redirect_uris": ["http://localhost:3000/cb"]},
        {"redirect_uris": ["https://localhost/cb"]},
        {"redirect_uris": ["com.example.app:/cb"], "application_type": "native"},
        {"redirect_uris": ["com.evil.app://app.example/cb"], "application_type": "native"},
        {
            "redirect_uris": [*WEB["redirect_uris"], "a.b://app.example/"],
            "application_type": "native",
        },
        {"redirect_uris": [], "grant_types": ["client_credentials"], "response_types": []},
        {"sector_identifier_uri": "http://app.example/sector"},
        {"sector_identifier_uri": "javascript:alert(1)"},
        {"sector_identifier_uri": 5},
    ],
)
def test_a_pairwise_client_has_one_sector(members: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidClientMetadata) as refused:
        read_client({**PAIRWISE, **members}, Registration("tenant", PROFILES))

    assert refused.value.member == "sector_identifier_uri"
    assert refused.value.code == "invalid_client_metadata"


def test_a_document_speaks_for_the_scheme_of_an_application() -> None:
    own = {"redirect_uris": ["com.example.app://app.example/cb"], "application_type": "native"}
    sector = {"sector_identifier_uri": "https://own.example/sector"}

    client = read_client({**PAIRWISE, **own, **sector}, Registration("tenant", PROFILES))

    assert client.sector == "own.example"


def test_a_document_joins_hosts_to_one_sector() -> None:
    uris = ["https://a.example/cb", "https://b.example/cb"]
    joined = {"redirect_uris": uris, "sector_identifier_uri": "https://c.example/sector"}

    client = read_client({**PAIRWISE, **joined}, Registration("tenant", PROFILES))

    assert client.sector == "c.example"


def test_metadata_list_both_types(world: World) -> None:
    document = metadata(world.server.tenant, locales=("en",))

    assert document["subject_types_supported"] == ["public", "pairwise"]
