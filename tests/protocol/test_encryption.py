"""Encrypted ID tokens and userinfo (OpenID Connect Core 5.3.2, 10.2, 16.14; RFC 7516)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from authwell.protocol.authorization.interaction import Grant
from authwell.protocol.authorization.request import RefusedRequest
from authwell.protocol.authorization.response import Decision, grant_request
from authwell.protocol.authorization.response_modes import Redirect
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.discovery import metadata
from authwell.protocol.errors import NoEncryptionKey, NotForYou
from authwell.protocol.jose import signing
from authwell.protocol.jose.client_keys import read_registered
from authwell.protocol.logout.back_channel import EndedLogin, sign_logout_token
from authwell.protocol.policy import ENCRYPTION_ALGS, ENCRYPTION_ENCS, PROFILES
from authwell.protocol.userinfo import userinfo
from tests.conftest import RunNode
from tests.protocol.conftest import ALICE, NOW, WEB, PublishedKeys, World, make_world

URI = "https://app.example/jwks"


@cache
def key(kind: str = "RSA") -> Key:
    """A client's private key, made once."""
    if kind == "RSA":
        return RSAKey.generate_key(2048)
    return OKPKey.generate_key("X25519") if kind == "X25519" else ECKey.generate_key(kind)


def public(kind: str = "RSA", **members: Any) -> dict[str, Any]:
    return {**key(kind).as_dict(private=False), **members}


def opened(token: str, kind: str = "RSA") -> tuple[Mapping[str, Any], bytes]:
    found = jwe.decrypt_compact(token, key(kind), algorithms=[*ENCRYPTION_ALGS, *ENCRYPTION_ENCS])
    assert found.plaintext is not None
    return found.protected, found.plaintext


def client(*jwks: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    sets = {"jwks": {"keys": list(jwks)}} if jwks else {}
    return {**WEB, "id_token_encrypted_response_alg": "RSA-OAEP-256", **sets, **members}


def inner(world: World, plain: bytes) -> dict[str, Any]:
    return signing.verify(plain.decode(), world.server.tenant.keys, typ="")


def test_an_id_token_is_signed_and_then_encrypted() -> None:
    world = make_world(client(public(kid="k1", use="enc")))

    tokens = world.redeem(world.code(nonce="n"))
    renewed = world.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    for answer in (tokens, renewed):
        header, plain = opened(answer["id_token"])
        assert header == {
            "alg": "RSA-OAEP-256",
            "enc": "A128CBC-HS256",
            "kid": "k1",
            "cty": "JWT",
        }
        assert inner(world, plain)["sub"] == ALICE.id


def test_an_id_token_of_the_authorization_endpoint_is_encrypted_too() -> None:
    classic = {
        "client_id": "classic",
        "profile": "oidc_classic",
        "grant_types": ["authorization_code", "implicit"],
        "response_types": ["code id_token"],
    }
    world = make_world(client(public(), **classic), profiles=["oauth21", "oidc_classic"])
    request = world.read(client_id="classic", response_type="code id_token", nonce="n")

    answer = grant_request(world.server, request, Decision(Grant(world.session, request.scope)))

    assert isinstance(answer, Redirect)
    params = dict(parse_qsl(urlsplit(answer.location).fragment))
    header, plain = opened(params["id_token"])
    assert "kid" not in header
    assert inner(world, plain)["c_hash"]


@pytest.mark.parametrize("signed", [True, False])
def test_userinfo_is_encrypted_and_nested_if_it_is_signed(signed: bool) -> None:
    members = {"userinfo_signed_response_alg": "ES256"} if signed else {}
    world = make_world(
        {
            **WEB,
            "jwks": {"keys": [public()]},
            "userinfo_encrypted_response_alg": "RSA-OAEP-256",
            "userinfo_encrypted_response_enc": "A256GCM",
            **members,
        }
    )

    answer = userinfo(world.server, world.redeem(world.code())["access_token"])

    assert isinstance(answer, str)
    header, plain = opened(answer)
    claims = inner(world, plain) if signed else json.loads(plain)
    assert (header["enc"], header.get("cty")) == ("A256GCM", "JWT" if signed else None)
    assert claims["sub"] == ALICE.id
    assert ("aud" in claims) == signed


@pytest.mark.parametrize("alg", ENCRYPTION_ALGS)
def test_jose_of_npm_opens_what_we_encrypt(alg: str, node: RunNode, tmp_path: Path) -> None:
    kinds = ["RSA"] if alg.startswith("RSA") else ["P-256", "P-384", "P-521", "X25519"]
    asked = []
    for kind in kinds:
        for enc in ENCRYPTION_ENCS:
            members = {
                "id_token_encrypted_response_alg": alg,
                "id_token_encrypted_response_enc": enc,
                "userinfo_encrypted_response_alg": alg,
                "userinfo_encrypted_response_enc": enc,
            }
            world = make_world(client(public(kind, kid=kind), **members))
            tokens = world.redeem(world.code())
            jwks = json.loads(world.server.tenant.keys.jwks)
            private = key(kind).as_dict(private=True)
            asked += [
                {"token": token, "key": private, "jwks": jwks}
                for token in (tokens["id_token"], userinfo(world.server, tokens["access_token"]))
            ]
    file = tmp_path / "asked.json"
    file.write_text(json.dumps(asked))

    done = node(Path(__file__).with_name("opens.mjs"), str(file), NOW.isoformat())

    assert done.returncode == 0, done.stderr
    opened_there = json.loads(done.stdout)
    assert len(opened_there) == len(asked)
    assert {each["claims"]["sub"] for each in opened_there} == {ALICE.id}
    assert {each["header"]["alg"] for each in opened_there} == {alg}


def test_the_key_that_says_it_is_for_this_is_taken_before_others() -> None:
    world = make_world(
        client(
            public(kid="signs", use="sig"),
            public(kid="any"),
            public("P-256", kid="of another type", use="enc"),
            public(kid="for another", use="enc", alg="RSA-OAEP"),
            public(kid="use", use="enc"),
            public(kid="use and alg", use="enc", alg="RSA-OAEP-256"),
        )
    )

    header, _ = opened(world.redeem(world.code())["id_token"])

    assert header["kid"] == "use and alg"


def behind_a_uri(*now: Mapping[str, Any], later: Mapping[str, Any] | None = None) -> World:
    world = make_world(client(jwks_uri=URI))
    published = PublishedKeys({URI: read_registered({"keys": list(now)})} if now else {})
    if later is not None:
        published.later[URI] = read_registered({"keys": [later]})
    return replace(world, server=replace(world.server, client_keys=published))


def test_keys_behind_a_uri_are_fetched_again_only_if_none_fits() -> None:
    known = behind_a_uri(public(kid="known"))
    new = behind_a_uri(public(use="sig"), later=public(kid="new"))

    first = opened(known.redeem(known.code())["id_token"])[0]
    second = opened(new.redeem(new.code())["id_token"])[0]

    assert (first["kid"], second["kid"]) == ("known", "new")
    assert isinstance(known.server.client_keys, PublishedKeys)
    assert known.server.client_keys.renewals == 0


@pytest.mark.parametrize("keys", [(), (public(use="sig"),), (public("P-256"),)])
def test_a_client_without_a_key_is_told_and_its_code_is_not_used_up(keys: Any) -> None:
    world = behind_a_uri(*keys)
    code = world.code()

    with pytest.raises(NoEncryptionKey) as refused:
        world.redeem(code)

    assert (refused.value.code, refused.value.rule) == ("invalid_request", "encryption_key_missing")
    healed = behind_a_uri(public())
    healed = replace(healed, server=replace(healed.server, store=world.server.store))
    assert opened(healed.redeem(code)["id_token"])


def test_a_client_without_a_key_keeps_its_refresh_token() -> None:
    world = behind_a_uri(public())
    refresh_token = world.redeem(world.code())["refresh_token"]
    broken = behind_a_uri()
    broken = replace(broken, server=replace(broken.server, store=world.server.store))

    with pytest.raises(NoEncryptionKey):
        broken.token(grant_type="refresh_token", refresh_token=refresh_token)

    later = world.later(minutes=5)
    assert opened(later.token(grant_type="refresh_token", refresh_token=refresh_token)["id_token"])


@pytest.mark.req("oidcc-backchannel-rp-initiated-logout")
def test_a_logout_token_is_encrypted_like_an_id_token() -> None:
    world = make_world(client(public()))
    ended = EndedLogin(ALICE.id, "sid-1")

    token = sign_logout_token(world.server, world.client("web"), ended)

    header, plain = opened(token)
    assert header["cty"] == "JWT"
    keys = world.server.tenant.keys
    assert signing.verify(plain.decode(), keys, typ="logout+jwt")["sid"] == "sid-1"
    with pytest.raises(NoEncryptionKey):
        sign_logout_token(behind_a_uri().server, behind_a_uri().client("web"), ended)


def test_without_a_key_nothing_comes_by_the_browser_and_userinfo_is_silent() -> None:
    members = {
        "client_id": "classic",
        "profile": "oidc_classic",
        "grant_types": ["authorization_code", "implicit"],
        "response_types": ["code", "id_token"],
        "jwks_uri": URI,
        "userinfo_encrypted_response_alg": "ECDH-ES",
    }
    world = make_world(client(**members), profiles=["oauth21", "oidc_classic"])
    request = world.read(client_id="classic", response_type="id_token", nonce="n")

    with pytest.raises(RefusedRequest) as refused:
        grant_request(world.server, request, Decision(Grant(world.session, request.scope)))

    assert isinstance(refused.value.error, NoEncryptionKey)

    plain = {**members, "id_token_encrypted_response_alg": None}
    world = make_world(client(**plain), profiles=["oauth21", "oidc_classic"])
    token = world.redeem(world.code(client_id="classic"), "classic")["access_token"]
    with pytest.raises(NotForYou):
        userinfo(world.server, token)


@pytest.mark.parametrize("what", ["id_token", "userinfo"])
@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ({"enc": "A128GCM"}, "enc"),
        ({"alg": "RSA-OAEP-256"}, "alg"),
        ({"alg": "RSA1_5"}, "alg"),
        ({"alg": "dir"}, "alg"),
        ({"alg": "none"}, "alg"),
        ({"alg": "ECDH-ES", "jwks": {"keys": [public()]}}, "alg"),
        ({"alg": "RSA-OAEP-256", "jwks": {"keys": [public(use="sig")]}}, "alg"),
        ({"alg": "RSA-OAEP-256", "enc": "A192GCM", "jwks_uri": URI}, "enc"),
        ({"alg": ["RSA-OAEP-256"], "jwks_uri": URI}, "alg"),
    ],
)
def test_an_inconsistent_registration_is_refused(
    what: str, members: Mapping[str, Any], wrong: str
) -> None:
    entry = {
        f"{what}_encrypted_response_{name}" if name in ("alg", "enc") else name: value
        for name, value in members.items()
    }

    with pytest.raises(InvalidClientMetadata) as refused:
        read_client({**WEB, **entry}, Registration("tenant", PROFILES))

    assert refused.value.member == f"{what}_encrypted_response_{wrong}"


@pytest.mark.req("DC-06")
def test_metadata_list_what_can_be_asked_for() -> None:
    document = metadata(make_world().server.tenant, locales=("en",))

    for what in ("id_token", "userinfo"):
        assert document[f"{what}_encryption_alg_values_supported"] == list(ENCRYPTION_ALGS)
        assert document[f"{what}_encryption_enc_values_supported"] == list(ENCRYPTION_ENCS)
