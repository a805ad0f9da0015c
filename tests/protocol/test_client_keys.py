"""What is taken of a client's JWK Set, registered by value or fetched (RFC 7517, TK-12)."""

import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.jose.client_keys import read_fetched, read_registered
from authwell.protocol.jose.keys import UnusableKey
from authwell.protocol.policy import CLIENT_SIGNING_ALGS, PROFILES
from tests.support.jose import base64url

RSA = RSAKey.generate_key(2048)
EC = ECKey.generate_key("P-256")
ED = OKPKey.generate_key("Ed25519")
P = 2**255 - 19


def octets(number: int, size: int | None = None, order: Any = "big") -> str:
    return base64url(number.to_bytes(size or max(1, math.ceil(number.bit_length() / 8)), order))


def rsa(**members: Any) -> dict[str, Any]:
    return {**RSA.as_dict(private=False), **members}


def okp(y: int) -> dict[str, Any]:
    return {"kty": "OKP", "crv": "Ed25519", "x": octets(y, 32, "little")}


BAD: Mapping[str, Any] = {
    "a private RSA key": RSA.as_dict(private=True),
    "a private EC key": EC.as_dict(private=True),
    "a private Ed25519 key": ED.as_dict(private=True),
    "a symmetric key": OctKey.generate_key(256).as_dict(private=True),
    "512 bits": rsa(n=octets(2**511 + 1)),
    "2047 bits": rsa(n=octets(2**2046 + 1)),
    "a giant": rsa(n=octets(2**16384 + 1)),
    "e = 1": rsa(e=octets(1)),
    "e = 2": rsa(e=octets(2)),
    "a giant e": rsa(e=octets(2**64 + 1)),
    "no n": {"kty": "RSA", "e": "AQAB"},
    "n is a number": rsa(n=5),
    "n is not base64": rsa(n="é"),
    "secp256k1": ECKey.generate_key("secp256k1").as_dict(private=False),
    "a coordinate of another curve": {**EC.as_dict(private=False), "crv": "P-384"},
    "crv is a list": {**EC.as_dict(private=False), "crv": ["P-256"]},
    "a point that is not on P-256": {**EC.as_dict(private=False), "x": octets(5, 32)},
    "zero on P-256": {"kty": "EC", "crv": "P-256", "x": octets(0, 32), "y": octets(0, 32)},
    "a short coordinate": {**EC.as_dict(private=False), "x": "AA"},
    "order 1 on X25519": {**okp(1), "crv": "X25519"},
    "order 4 on X25519": {**okp(0), "crv": "X25519"},
    "31 bytes on X25519": {"kty": "OKP", "crv": "X25519", "x": octets(3, 31, "little")},
    "Ed448": OKPKey.generate_key("Ed448").as_dict(private=False),
    "order 1": okp(1),
    "order 1, written otherwise": okp(P + 1),
    "order 2": okp(P - 1),
    "order 4": okp(0),
    "order 4, with a sign": okp(2**255),
    "order 8": okp(0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826),
    "order 8, the other": okp(
        P - 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
    ),
    "a y without x": okp(2),
    "31 bytes": {"kty": "OKP", "crv": "Ed25519", "x": octets(3, 31, "little")},
    "no kty": {"n": "AQAB"},
    "kty is a list": {"kty": ["RSA"]},
    "not an object": "key",
}


@pytest.mark.req("TK-12")
@pytest.mark.parametrize("name", BAD)
def test_a_weak_or_secret_key_is_refused_at_registration(name: str) -> None:
    metadata = {
        "client_id": "keyed",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [rsa(), BAD[name]]},
    }

    with pytest.raises(InvalidClientMetadata) as refused:
        read_client(metadata, Registration("tenant", PROFILES))

    assert (refused.value.member, refused.value.code) == ("jwks", "invalid_client_metadata")


@pytest.mark.req("TK-12")
@pytest.mark.parametrize("name", BAD)
def test_one_bad_key_does_not_hide_the_others_of_a_fetched_set(name: str) -> None:
    keys = read_fetched({"keys": [BAD[name], rsa(kid="good"), BAD[name]]})

    assert [key.kid for key in keys] == ["good"]


def test_good_keys_are_taken_with_what_stands_beside_them() -> None:
    sets = {
        "keys": [
            rsa(kid="a", x5c=["AAAA"], key_ops=["verify"], use="sig", alg="PS256"),
            EC.as_dict(private=False, use="enc"),
            ED.as_dict(private=False),
        ]
    }

    first, second, third = read_registered(sets)

    assert (first.verifies("PS256"), first.verifies("RS256")) == (True, False)
    assert not second.verifies("ES256")
    assert third.verifies("EdDSA")


@pytest.mark.req("TK-12")
def test_a_key_of_a_new_type_is_passed_over() -> None:
    new = {"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}

    (known,) = read_registered({"keys": [new, EC.as_dict(private=False)]})

    assert known.kind == "P-256"
    assert [key.kid for key in read_fetched({"keys": [new, rsa(kid="good")]})] == ["good"]
    with pytest.raises(UnusableKey):
        read_registered({"keys": [new]})


@pytest.mark.parametrize(
    ("jwk", "signs", "encrypts"),
    [
        (rsa(), "RS512", "RSA-OAEP-256"),
        (ECKey.generate_key("P-384").as_dict(private=False), "ES384", "ECDH-ES"),
        (ECKey.generate_key("P-521").as_dict(private=False), "ES512", "ECDH-ES+A256KW"),
        (OKPKey.generate_key("X25519").as_dict(private=False), None, "ECDH-ES+A128KW"),
        (ED.as_dict(private=False), "EdDSA", None),
    ],
)
def test_a_key_is_for_what_its_type_and_its_use_allow(
    jwk: dict[str, Any], signs: str | None, encrypts: str | None
) -> None:
    every = [*CLIENT_SIGNING_ALGS, "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"]
    (free,) = read_registered({"keys": [jwk]})
    (for_signing,) = read_registered({"keys": [{**jwk, "use": "sig"}]})
    (for_encrypting,) = read_registered({"keys": [{**jwk, "key_ops": ["wrapKey"]}]})

    assert (signs is None) == (not any(free.verifies(alg) for alg in every))
    assert (encrypts is None) == (not any(free.encrypts(alg) for alg in every))
    assert signs is None or (for_signing.verifies(signs) and not for_encrypting.verifies(signs))
    assert encrypts is None or for_encrypting.encrypts(encrypts)
    assert not any(for_signing.encrypts(alg) for alg in every)


@pytest.mark.parametrize(
    "document", [None, [], {}, {"keys": {}}, {"keys": "x"}, {"keys": []}, {"keys": [{}] * 51}]
)
def test_what_is_no_set_of_keys_is_refused(document: Any) -> None:
    with pytest.raises(UnusableKey):
        read_registered(document)


@pytest.mark.req("CA-09")
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_member_is_read_or_refused_but_never_crashes(value: Any) -> None:
    for name in ("kty", "n", "e", "kid", "use", "alg", "key_ops", "crv"):
        found = read_fetched({"keys": [rsa(**{name: value}), value]})

        assert [key.kind for key in found] in ([], ["RSA"])


METHODS: Mapping[str, dict[str, Any]] = {
    "both": {"jwks": {"keys": [rsa()]}, "jwks_uri": "https://client.example/jwks"},
    "neither": {},
    "plain http": {"jwks_uri": "http://client.example/jwks"},
    "a fragment": {"jwks_uri": "https://client.example/jwks#a"},
    "a user": {"jwks_uri": "https://a:b@client.example/jwks"},
    "a mac": {"jwks": {"keys": [rsa()]}, "token_endpoint_auth_signing_alg": "HS256"},
    "none": {"jwks": {"keys": [rsa()]}, "token_endpoint_auth_signing_alg": "none"},
}


@pytest.mark.parametrize("name", METHODS)
def test_keys_come_from_one_safe_place(name: str) -> None:
    metadata = {
        "client_id": "keyed",
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": "private_key_jwt",
        **METHODS[name],
    }

    with pytest.raises(InvalidClientMetadata):
        read_client(metadata, Registration("tenant", PROFILES))
