"""Claims about a person: each typed right, by scope, one by one, and in the language asked for."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.protocol import claims, languages, person
from authwell.protocol.claims import SCOPE_CLAIMS, STANDARD_CLAIMS
from authwell.protocol.errors import InvalidRequest
from authwell.protocol.jose import signing
from authwell.protocol.model import Account
from tests.protocol.conftest import ALICE, NOW, WEB, World, make_world, told

ADDRESS = {"street_address": "Main Street 1", "locality": "Delft", "country": "NL"}
FULL = replace(
    ALICE,
    updated_at=NOW,
    claims={
        "given_name": "Alice",
        "family_name": "Example",
        "middle_name": "Bea",
        "nickname": "Al",
        "profile": "https://alice.example/#me",
        "picture": "https://alice.example/me.png",
        "website": "http://alice.example/",
        "gender": "female",
        "birthdate": "0000-02-29",
        "zoneinfo": "America/Argentina/Buenos_Aires",
        "locale": "en-GB",
        "phone_number": "+31 20 123 45 67",
        "phone_number_verified": True,
        "address": ADDRESS,
        "name#ja-Kana-JP": "アリス",
        "name#ja-Hani-JP": "有栖",
        "family_name#de": "Beispiel",
        "address#de": {"locality": "Delft (Südholland)"},
    },
)
EVERY_SCOPE = frozenset(SCOPE_CLAIMS)
SCOPE = "openid profile email address phone"


@pytest.fixture
def world() -> World:
    made = make_world({**WEB, "scope": SCOPE}, {**WEB, "client_id": "few", "scope": "openid email"})
    return replace(made, session=replace(made.session, account=FULL))


def answered(world: World, client_id: str = "web", **changes: str | None) -> dict[str, Any]:
    tokens = world.redeem(world.code(client_id=client_id, **changes), client_id)
    return told(world.server, tokens["access_token"])


@pytest.mark.req("oidcc-scope-profile", "oidcc-scope-address", "oidcc-scope-phone")
def test_every_standard_claim_of_a_scope_is_told_with_its_type() -> None:
    found = person.about(FULL, EVERY_SCOPE)

    assert found.keys() == set(STANDARD_CLAIMS)
    assert found["updated_at"] == int(NOW.timestamp())
    assert (found["email_verified"], found["phone_number_verified"]) == (True, True)
    assert found["address"] == ADDRESS
    assert all(isinstance(found[name], str) for name in SCOPE_CLAIMS["profile"][:-1])


@pytest.mark.parametrize(
    "kept",
    [
        {"given_name": ""},
        {"given_name": " \t"},
        {"given_name": None},
        {"given_name": 5},
        {"address": {}},
        {"address": {"country": "", "unknown": "x", "region": None}},
        {"address": "Main Street 1"},
        {"phone_number_verified": True},
        {"phone_number": "+31", "phone_number_verified": "yes"},
        {"sub": "another", "iss": "x", "roles": ["admin"], "name#ja": ""},
    ],
)
def test_what_has_no_value_of_its_type_is_left_out(kept: Mapping[str, Any]) -> None:
    found = person.about(replace(FULL, claims=kept), EVERY_SCOPE)

    expected = {"name", "preferred_username", "email", "email_verified", "updated_at"}
    assert found.keys() - {"phone_number", "phone_number_verified"} == expected


def test_a_phone_number_that_nobody_verified_says_so() -> None:
    found = person.about(replace(FULL, claims={"phone_number": "+31201"}), frozenset({"phone"}))

    assert found == {"phone_number": "+31201", "phone_number_verified": False}


@given(
    st.dictionaries(
        st.sampled_from([*STANDARD_CLAIMS, "name#de", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_whatever_an_account_has_nothing_of_a_wrong_type_is_told(kept: dict[str, Any]) -> None:
    found = person.about(replace(FULL, claims=kept), EVERY_SCOPE, {"name#de": None})

    for name, value in found.items():
        if name in ("email_verified", "phone_number_verified"):
            assert isinstance(value, bool)
        elif name == "updated_at":
            assert isinstance(value, int)
        elif name == "address":
            assert value
            assert all(isinstance(text, str) and text.strip() for text in value.values())
        else:
            assert isinstance(value, str)
            assert value.strip()


# -- the claims parameter -------------------------------------------------------------------


@pytest.mark.req("oidcc-claims-essential")
@pytest.mark.parametrize(
    ("request_of_email", "is_told"),
    [
        (None, True),
        ({}, True),
        ({"essential": True}, True),
        ({"value": "alice@example.com"}, True),
        ({"value": "bob@example.com", "essential": True}, False),
        ({"values": ["bob@example.com", "alice@example.com"]}, True),
        ({"values": []}, False),
        ({"values": [5, None]}, False),
        ({"purpose": "unknown members are ignored"}, True),
    ],
)
def test_a_claim_is_told_where_it_was_asked_for_with_a_value_that_it_has(
    world: World, request_of_email: Any, is_told: bool
) -> None:
    both = {"userinfo": {"email": request_of_email}, "id_token": {"email": request_of_email}}
    tokens = world.redeem(world.code(scope="openid", claims=json.dumps(both)))

    id_token = signing.verify(tokens["id_token"], world.server.tenant.keys, typ="")
    assert ("email" in told(world.server, tokens["access_token"])) == is_told
    assert ("email" in id_token) == is_told
    assert "name" not in id_token


@pytest.mark.parametrize(
    "wanted",
    [
        "[]",
        '"userinfo"',
        '{"userinfo": []}',
        '{"id_token": "name"}',
        '{"userinfo": {"name": true}}',
        '{"userinfo": {"name": {"essential": "yes"}}}',
        '{"userinfo": {"name": {"values": "Alice"}}}',
        "{",
        "",
    ],
)
def test_a_malformed_parameter_is_refused(wanted: str) -> None:
    with pytest.raises(InvalidRequest):
        claims.read(wanted, "de")


@pytest.mark.req("TK-14")
def test_no_claim_of_the_protocol_can_be_asked_to_be_another(world: World) -> None:
    wanted = {"id_token": {"iss": {"value": "x"}, "aud": None, "sub#de": None, "nonce": None}}

    tokens = world.redeem(world.code(scope="openid", claims=json.dumps(wanted)))

    found = signing.verify(tokens["id_token"], world.server.tenant.keys, typ="")
    assert (found["iss"], found["aud"]) == (world.server.issuer, "web")
    assert not {"nonce", "sub#de"} & found.keys()


# -- languages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("name#ja-Kana-JP", {"name#ja-Kana-JP": "アリス"}),
        ("name#JA-kana-jp", {"name#JA-kana-jp": "アリス"}),
        ("name#ja", {"name#ja-Hani-JP": "有栖", "name#ja-Kana-JP": "アリス"}),
        ("name#j", {}),
        ("name#", {}),
        ("address#de", {"address#de": {"locality": "Delft (Südholland)"}}),
        ("nickname#de", {}),
    ],
)
def test_a_claim_can_be_asked_for_in_a_language(
    world: World, asked: str, expected: Mapping[str, Any]
) -> None:
    found = answered(world, scope="openid", claims=json.dumps({"userinfo": {asked: None}}))

    del found["sub"]
    assert found == expected


def test_another_language_needs_the_same_scope(world: World) -> None:
    wanted = json.dumps({"userinfo": {"name#ja": None, "family_name#de": None, "email": None}})

    assert claims.scope_of(claims.read(wanted, None)) == {"profile", "email"}
    assert answered(world, "few", scope="openid", claims=wanted).keys() == {"sub", "email"}


@pytest.mark.req("oidcc-claims-locales")
@pytest.mark.parametrize(
    ("wanted", "name", "family_name"),
    [
        (None, "Alice Example", "Example"),
        ("se", "Alice Example", "Example"),
        ("ja-Kana-JP", "アリス", "Example"),
        ("ja", "有栖", "Example"),
        ("de-CH ja", "有栖", "Beispiel"),
        ("fr de ja", "有栖", "Beispiel"),
        ("en ja de", "Alice Example", "Example"),
        ("en-US ja de", "有栖", "Beispiel"),
        ("JA-KANA-jp", "アリス", "Example"),
        ("<script> # de", "Alice Example", "Beispiel"),
    ],
)
def test_claims_locales_choose_the_language(
    world: World, wanted: str | None, name: str, family_name: str
) -> None:
    found = answered(world, scope="openid profile", claims_locales=wanted)

    assert (found["name"], found["family_name"]) == (name, family_name)
    assert not any("#" in key for key in found)


def test_claims_locales_choose_for_id_tokens_and_after_a_refresh_too(world: World) -> None:
    wanted = json.dumps({"id_token": {"family_name": None}})
    offline = {**WEB, "client_id": "offline", "scope": "openid profile offline_access"}
    made = make_world(offline)
    made = replace(made, session=replace(made.session, account=FULL))

    first = made.redeem(
        made.code(client_id="offline", claims=wanted, claims_locales="de"), "offline"
    )
    again = made.token("offline", grant_type="refresh_token", refresh_token=first["refresh_token"])

    for tokens in (first, again):
        found = signing.verify(tokens["id_token"], made.server.tenant.keys, typ="")
        assert found["family_name"] == "Beispiel"


@given(st.text(), st.text())
def test_any_locales_are_read(wanted: str, locale: str) -> None:
    account = replace(FULL, claims={**FULL.claims, "locale": locale})

    found = person.about(account, EVERY_SCOPE, {}, languages.locales(wanted))

    assert found["family_name"] in ("Example", "Beispiel")


# -- what an account may have ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *FULL.claims.items(),
        ("birthdate", "1990"),
        ("locale", "en_GB"),
        ("zoneinfo", "UTC"),
        ("zoneinfo", "Etc/GMT+3"),
        ("website#de", "https://alice.example/de"),
    ],
)
def test_a_claim_of_its_type_fits(name: str, value: Any) -> None:
    assert person.fits(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("given_name", ""),
        ("given_name", 5),
        ("given_name", "x" * 2049),
        ("birthdate", "1990-13-01"),
        ("birthdate", "01-02-1990"),
        ("picture", "javascript:alert(1)"),
        ("website", "https://"),
        ("website", "http://[x"),
        ("profile", "/me"),
        ("locale", "not a language"),
        ("zoneinfo", "../../etc/passwd "),
        ("phone_number_verified", "true"),
        ("address", {}),
        ("address", {"street": "Main Street"}),
        ("address", {"country": ""}),
        ("address", "Delft"),
        ("gender#de", "weiblich"),
        ("phone_number#de", "+49"),
        ("name#", "x"),
        ("name#de#fr", "x"),
        ("name#de fr", "x"),
        ("sub", "x"),
        ("iss#de", "x"),
    ],
)
def test_a_claim_of_another_type_does_not(name: str, value: Any) -> None:
    assert not person.fits(name, value)


def test_an_account_without_anything_has_its_user_name() -> None:
    assert person.about(Account("id", "bob"), EVERY_SCOPE) == {"preferred_username": "bob"}
