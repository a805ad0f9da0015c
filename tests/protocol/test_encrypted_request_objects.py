"""Request objects that are encrypted to a key of ours (RFC 9101 section 6.1, RFC 7516)."""

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, Key, OctKey, RSAKey, import_key

from authwell.protocol.authorization.request import RefusedRequest, read_request
from authwell.protocol.authorization.request_object import expand
from authwell.protocol.errors import InvalidRequestObject
from authwell.protocol.jose import keys
from authwell.protocol.jose.decryption import decrypt
from authwell.protocol.jose.signing import InvalidToken
from authwell.protocol.policy import ENCRYPTION_ALGS, ENCRYPTION_ENCS
from tests.protocol.conftest import World, key_ring, make_world
from tests.protocol.test_request_objects import SIGNING, beside, by_key, claims
from tests.support.jose import base64url, unsigned

EVERY = JWERegistry(
    algorithms=[*JWERegistry.algorithms["alg"], *JWERegistry.algorithms["enc"], "DEF"]
)


def stored(alg: str, state: keys.KeyState) -> keys.StoredKey:
    key = keys.generate(alg)
    return keys.stored_key(keys.public_jwk(key, alg), state, keys.to_der(key))


BEFORE = ("ECDH-ES", "retiring")


@cache
def opening() -> list[keys.StoredKey]:
    states: tuple[keys.KeyState, ...] = ("active", "retiring")
    return [stored(alg, state) for alg in keys.DECRYPTION_ALGS for state in states]


@cache
def ring() -> keys.KeyRing:
    signing = [found for alg in ("RS256", "ES256") if (found := key_ring().signing(alg))]
    return keys.KeyRing([*signing, *opening()])


def published(alg: str) -> dict[str, Any]:
    """The key that a client finds in our JWKS."""
    kty = "RSA" if alg.startswith("RSA") else "EC"
    (jwk,) = (
        jwk for jwk in json.loads(ring().jwks)["keys"] if (jwk["use"], jwk["kty"]) == ("enc", kty)
    )
    return dict(jwk)


def encrypted(
    plain: str, alg: str = "ECDH-ES", enc: str = "A128GCM", key: Key | None = None, **header: Any
) -> str:
    """A JWE to us; a header of None is left out."""
    jwk = published("RSA" if alg.startswith("RSA") else alg)
    head = {"alg": alg, "enc": enc, "kid": jwk["kid"], "cty": "JWT", **header}
    shown = {name: value for name, value in head.items() if value is not None}
    return jwe.encrypt_compact(shown, plain, key or import_key(jwk), registry=EVERY)


@cache
def world() -> World:
    made = make_world(SIGNING, request_object_encryption=True)
    tenant = replace(made.server.tenant, keys=ring())
    return replace(made, server=replace(made.server, tenant=tenant))


def refusal(token: str) -> str:
    with pytest.raises(RefusedRequest) as refused:
        read_request(world().server, beside(request=token))
    assert refused.value.error.code == "invalid_request_object"
    return refused.value.error.rule


@pytest.mark.req("AR-09", "TK-07")
@pytest.mark.parametrize("enc", ENCRYPTION_ENCS)
@pytest.mark.parametrize("alg", ENCRYPTION_ALGS)
def test_a_signed_object_in_an_encrypted_one_is_the_request(alg: str, enc: str) -> None:
    token = encrypted(by_key(), alg, enc)

    assert read_request(world().server, beside(request=token)).reply_to.state == "inner"


@pytest.mark.parametrize("alg", ["RSA-OAEP-256", "ECDH-ES+A256KW"])
def test_a_client_need_not_name_the_key(alg: str) -> None:
    token = encrypted(by_key(), alg, kid=None, cty=None)

    assert read_request(world().server, beside(request=token)).reply_to.state == "inner"


def test_what_was_encrypted_to_the_key_before_is_opened_still() -> None:
    (before,) = (key.public_jwk for key in opening() if (key.alg, key.state) == BEFORE)
    token = encrypted("hidden", key=import_key(dict(before)), kid=before["kid"])

    assert decrypt(token, ring()) == "hidden"


def test_keys_for_encryption_neither_sign_nor_verify() -> None:
    jwk = published("ECDH-ES")

    assert "alg" not in jwk
    assert ring().verifying(jwk["kid"]) is None
    assert ring().signing("ECDH-ES") is None
    assert set(ring().algs) == {"RS256", "ES256"}


def test_only_the_active_key_is_published() -> None:
    found = json.loads(ring().jwks)["keys"]

    assert [jwk["kty"] for jwk in found if jwk["use"] == "enc"] == ["RSA", "EC"]
    assert not any({"d", "p", "q"} & jwk.keys() for jwk in found)


@pytest.mark.req("AR-02", "AR-03")
def test_encryption_replaces_no_signature() -> None:
    assert refusal(encrypted(unsigned(claims(), typ="JWT"))) == "request_object_malformed"
    assert refusal(encrypted(json.dumps(claims()))) == "request_object_malformed"
    assert refusal(encrypted(encrypted(by_key()))) == "request_object_malformed"


@pytest.mark.req("AR-09")
def test_a_tenant_without_it_opens_nothing() -> None:
    plain = make_world(SIGNING)

    with pytest.raises(InvalidRequestObject) as refused:
        expand(plain.server, plain.client("signing"), beside(request=encrypted(by_key())))

    assert refused.value.rule == "request_object_encryption"


def bomb() -> str:
    """A compressed megabyte."""
    return encrypted("e" * 1_000_000, zip="DEF")


def forged_header(**header: Any) -> str:
    return ".".join([base64url(json.dumps(header).encode()), "AAAA", "AAAA", "AAAA", "AAAA"])


EPK = ECKey.generate_key("P-256").as_dict(private=False)
OFF_CURVE = {**EPK, "y": EPK["x"]}
WEAK = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2s": "AAAA", "p2c": 10**9}

HOSTILE: Mapping[str, str] = {
    "p2c": forged_header(**WEAK),
    "dir": forged_header(alg="dir", enc="A128GCM"),
    "RSA1_5": forged_header(alg="RSA1_5", enc="A128GCM"),
    "none": forged_header(alg="none", enc="A128GCM"),
    "zip": forged_header(alg="ECDH-ES", enc="A128GCM", epk=EPK, zip="DEF"),
    "crit": forged_header(alg="ECDH-ES", enc="A128GCM", epk=EPK, crit=["x"], x=1),
    "no epk": forged_header(alg="ECDH-ES", enc="A128GCM"),
    "epk off the curve": forged_header(alg="ECDH-ES", enc="A128GCM", epk=OFF_CURVE),
    "epk of zero": forged_header(alg="ECDH-ES", enc="A128GCM", epk={**EPK, "x": "AA", "y": "AA"}),
    "epk is RSA": forged_header(alg="ECDH-ES", enc="A128GCM", epk={"kty": "RSA"}),
    "epk of X25519": forged_header(
        alg="ECDH-ES", enc="A128GCM", epk={"kty": "OKP", "crv": "X25519", "x": "AA"}
    ),
    "epk is text": forged_header(alg="ECDH-ES", enc="A128GCM", epk="x"),
    "apu is a number": forged_header(alg="ECDH-ES", enc="A128GCM", epk=EPK, apu=5),
    "kid is a list": forged_header(alg="RSA-OAEP-256", enc="A128GCM", kid=["x"]),
    "kid is unknown": forged_header(alg="RSA-OAEP-256", enc="A128GCM", kid="x" * 300),
    "alg is a list": forged_header(alg=["ECDH-ES"], enc="A128GCM"),
    "enc is a list": forged_header(alg="RSA-OAEP-256", enc=["A128GCM"]),
    "cty is a number": forged_header(alg="RSA-OAEP-256", enc="A128GCM", cty=5),
    "a long header": forged_header(alg="RSA-OAEP-256", enc="A128GCM", pad="e" * 20_000),
    "short parts": forged_header(alg="RSA-OAEP-256", enc="A128GCM"),
    "empty": "....",
    "long": "e" * 40_000 + "....",
}


@pytest.mark.req("AR-09", "TK-11", "TK-05")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tokens_are_refused_without_work(name: str) -> None:
    world()
    started = time.thread_time()

    with pytest.raises(InvalidToken):
        decrypt(HOSTILE[name], ring())

    assert refusal(HOSTILE[name]) == "request_object_encryption"
    # A count of iterations that a token names would take minutes.
    assert time.thread_time() - started < 1


@pytest.mark.req("AR-09", "TK-11")
def test_nothing_is_decompressed() -> None:
    assert refusal(bomb()) == "request_object_encryption"


def test_what_others_can_open_is_not_ours() -> None:
    strangers: tuple[Key, Key] = ECKey.generate_key("P-256"), RSAKey.generate_key(2048)

    for alg, key in zip(("ECDH-ES", "RSA-OAEP-256"), strangers, strict=True):
        assert refusal(encrypted(by_key(), alg, key=key)) == "request_object_encryption"
    secret = OctKey.generate_key(128)
    assert refusal(encrypted(by_key(), "dir", key=secret)) == "request_object_encryption"


def test_a_changed_token_does_not_open() -> None:
    for alg in ("ECDH-ES", "ECDH-ES+A128KW", "RSA-OAEP-256"):
        parts = encrypted(by_key(), alg).split(".")
        for place in range(1, 5):
            value = parts[place]
            changed = ("B" if value[:1] != "B" else "C") + value[1:]
            token = ".".join([*parts[:place], changed, *parts[place + 1 :]])
            assert refusal(token) == "request_object_encryption"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)
HEADERS = st.fixed_dictionaries(
    {
        "alg": st.sampled_from(ENCRYPTION_ALGS) | JSON,
        "enc": st.sampled_from(ENCRYPTION_ENCS) | JSON,
    },
    optional={
        "epk": st.just(EPK)
        | st.fixed_dictionaries({}, optional=dict.fromkeys(("kty", "crv", "x", "y", "d"), JSON))
        | JSON,
        **dict.fromkeys(("kid", "cty", "zip", "apu", "apv", "typ", "jwk", "p2c"), JSON),
    },
)
PARTS = st.text("AQgwx_-9=", max_size=60)


@pytest.mark.req("AR-09", "TK-11")
@given(HEADERS, PARTS, PARTS, PARTS, PARTS)
def test_what_nobody_has_encrypted_is_refused(
    header: dict[str, Any], a: str, b: str, c: str, d: str
) -> None:
    token = ".".join([base64url(json.dumps(header).encode()), a, b, c, d])

    with pytest.raises(InvalidToken):
        decrypt(token, ring())


@pytest.mark.req("AR-09")
@given(st.sampled_from(["ECDH-ES", "ECDH-ES+A256KW", "RSA-OAEP-256"]), st.integers(0, 4), PARTS)
def test_with_any_part_replaced_nothing_else_is_read(alg: str, place: int, part: str) -> None:
    parts = encrypted("x", alg).split(".")
    parts[place] = part

    try:
        opened = decrypt(".".join(parts), ring())
    except InvalidToken:
        return
    assert opened == "x"
