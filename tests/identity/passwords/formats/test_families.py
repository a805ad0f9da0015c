"""Hashes of other servers: their own vectors match, and what costs too much is refused."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.identity.passwords.formats import MAX_HASH, read
from authwell.identity.passwords.formats.foreign import import_hash
from authwell.identity.passwords.hashing import Hasher

VECTORS = [
    # Kratos
    (
        "test",
        "$argon2id$v=19$m=32,t=5,p=4$cm94YnRVOW5jZzFzcVE4bQ$fBxypOL0nP/zdPE71JtAV71i487LbX3fJI5PoTN6Lp4",
    ),
    (
        "test",
        "$argon2i$v=19$m=65536,t=3,p=4$kk51rW/vxIVCYn+EG4kTSg$NyT88uraJ6im6dyha/M5jhXvpqlEdlS/9fEm7ScMb8c",
    ),
    (
        "test",
        "$pbkdf2-sha256$i=100000,l=32$1jP+5Zxpxgtee/iPxGgOz0RfE9/KJuDElP1ley4VxXc$QJxzfvdbHYBpydCbHoFg3GJEqMFULwskiuqiJctoYpI",
    ),
    (
        "test",
        "$pbkdf2-sha512$i=100000,l=32$bdHBpn7OWOivJMVJypy2UqR0UnaD5prQXRZevj/05YU$+wArTfv1a+bNGO1iZrmEdVjhA+lL11wF4/IxpgYfPwc",
    ),
    (
        "test",
        "$scrypt$ln=16384,r=8,p=1$2npRo7P03Mt8keSoMbyD/tKFWyUzjiQf2svUaNDSrhA=$MiCzNcIplSMqSBrm4HckjYqYhaVPPjTARTzwB1cVNYE=",
    ),
    # The same with N as its logarithm, as PHC strings have it.
    (
        "test",
        "$scrypt$ln=14,r=8,p=1$2npRo7P03Mt8keSoMbyD/tKFWyUzjiQf2svUaNDSrhA$MiCzNcIplSMqSBrm4HckjYqYhaVPPjTARTzwB1cVNYE",
    ),
    # Django
    (
        "lètmein",
        "pbkdf2_sha256$320000$seasalt$Toj2II2rBvFiGQcPmUml1Nlni2UtvyRWwz/jz4q6q/4=",
    ),
    ("not a password", "pbkdf2_sha1$10000$wz5B6WkasRoF$atJmJ1o+XfJxKq1+Nu1f1i57Z5I="),
    (
        "lètmein",
        "scrypt$16384$seasalt$8$5$ECMIUp+LMxMSK8xB/IVyba+KYGTI7FTnet025q/1f/vBAVnnP3hdYqJuRi+mJn6ji6ze3Fbb7JEFPKGpuEf5vw==",
    ),
    ("admin", "bcrypt_sha256$$2b$12$WZK9cb9qKN.Q5LCYPq/gj.6gvry1b37HUsJER6KhQBnIWmPyyaaqi"),
    (
        "test",
        "argon2$argon2id$v=19$m=32,t=5,p=4$cm94YnRVOW5jZzFzcVE4bQ$fBxypOL0nP/zdPE71JtAV71i487LbX3fJI5PoTN6Lp4",
    ),
    # werkzeug
    (
        "Correct-Horse-7-Battery",
        "pbkdf2:sha256:1000$wc635jas5R8yIzx1$b80c147d7f13b37b68074949fa0e4c8ba779da1a4fd2c6aab61bf37a98f1db63",
    ),
    (
        "Correct-Horse-7-Battery",
        "scrypt:1024:8:1$kHpAPXWu90c9O9CW$0883b2c12c58143f7223248d4d767846d55d71750c134da375f297c41a55bca77e83938a8a246760e3126b0a15af581a28dd2430e54833819fde7dfdc6946f99",
    ),
]
ENCODED = "$2b$04$" + "a" * 22 + "b" * 31
SALT_AND_KEY = "c2FsdHNhbHQ$" + "A" * 43


@pytest.mark.req("M1", "2.2", "11.5", "AU-20")
@pytest.mark.parametrize(("password", "kept"), VECTORS)
def test_a_hash_of_another_server_is_verified_and_outdated(password: str, kept: str) -> None:
    hasher = Hasher("argon2")

    assert import_hash(kept) == kept
    assert hasher.matches(password, kept)
    assert not hasher.matches(password + "x", kept)
    assert hasher.is_outdated(kept)


@pytest.mark.req("11.5")
@pytest.mark.parametrize("in_text", [True, False])
def test_a_credential_of_keycloak_is_taken_as_it_is_exported(*, in_text: bool) -> None:
    secret: Any = {"value": "k4uP27cSHOGFgOxQ9RDfvYBaPrUpC6sz4cOUp9Fwk0w=", "salt": "c2FsdHNhbHQ="}
    data: Any = {"hashIterations": 27500, "algorithm": "pbkdf2-sha256", "additionalParameters": {}}
    credential = {"type": "password", "secretData": secret, "credentialData": data}
    if in_text:
        credential["secretData"] = orjson.dumps(secret).decode()
        credential["credentialData"] = orjson.dumps(data).decode()

    kept = import_hash(orjson.dumps(credential).decode() if in_text else credential)

    assert kept == (
        "$pbkdf2-sha256$i=27500,l=32$c2FsdHNhbHQ$k4uP27cSHOGFgOxQ9RDfvYBaPrUpC6sz4cOUp9Fwk0w"
    )


@pytest.mark.req("11.5")
def test_a_credential_of_keycloak_may_be_argon2() -> None:
    secret = {
        "value": "fBxypOL0nP/zdPE71JtAV71i487LbX3fJI5PoTN6Lp4=",
        "salt": "cm94YnRVOW5jZzFzcVE4bQ==",
    }
    more = {"memory": ["32"], "parallelism": ["4"], "type": ["id"], "version": ["1.3"]}
    data = {"hashIterations": 5, "algorithm": "argon2", "additionalParameters": more}

    kept = import_hash({"secretData": secret, "credentialData": data})

    assert Hasher("argon2").matches("test", kept)


@pytest.mark.req("11.5")
def test_a_custom_hash_of_auth0_is_taken_as_it_is_imported_there() -> None:
    bcrypted = {"algorithm": "bcrypt", "hash": {"value": ENCODED}}
    scrypted = {
        "algorithm": "scrypt",
        "hash": {"value": "MiCzNcIplSMqSBrm4HckjYqYhaVPPjTARTzwB1cVNYE=", "encoding": "base64"},
        "salt": {"value": "2npRo7P03Mt8keSoMbyD/tKFWyUzjiQf2svUaNDSrhA=", "encoding": "base64"},
        "keylen": 32,
        "cost": 16384,
        "blockSize": 8,
        "parallelization": 1,
    }

    assert import_hash(bcrypted) == ENCODED
    assert Hasher("argon2").matches("test", import_hash(scrypted))


@pytest.mark.req("AU-09", "AU-10")
@pytest.mark.parametrize(
    "kept",
    [
        "$argon2id$v=19$m=1048576,t=3,p=4$" + SALT_AND_KEY,
        "$argon2id$v=19$m=65536,t=1000,p=4$" + SALT_AND_KEY,
        "$argon2id$v=19$m=19456,t=2,p=255$" + SALT_AND_KEY,
        ENCODED.replace("$04$", "$31$"),
        "bcrypt_sha256$" + ENCODED.replace("$04$", "$16$"),
        "pbkdf2_sha256$99999999$salt$" + "A" * 43,
        "$pbkdf2-sha256$i=2000001,l=32$" + SALT_AND_KEY,
        "scrypt:1048576:8:1$salt$" + "0" * 64,
        "$scrypt$ln=31,r=8,p=1$" + SALT_AND_KEY,
        "$scrypt$ln=14,r=8,p=999$" + SALT_AND_KEY,
    ],
)
def test_a_hash_that_would_take_long_is_refused(kept: str) -> None:
    assert read(kept) is None
    assert import_hash(kept) is None
    assert not Hasher("argon2").matches("secret", kept)


@pytest.mark.parametrize(
    "kept",
    [
        "plain",
        "",
        "$1$abc$def",
        "{SSHA}JFZFs0oHzxbMwkSJmYVeI8MnTDy/276a",
        "pbkdf2_sha256$1000$salt$AAAA",
        "pbkdf2_sha256$0$salt$" + "A" * 43,
        "pbkdf2:md5:1000$salt$" + "0" * 64,
        "pbkdf2:sha256:1000$salt$xyz",
        "$scrypt$ln=16385,r=8,p=1$" + SALT_AND_KEY,
        "$scrypt$ln=14,r=0,p=1$" + SALT_AND_KEY,
        "x" * (MAX_HASH + 1),
        "{}",
        "{broken",
        '{"secretData": 1, "credentialData": 2}',
        '{"secretData": "[]", "credentialData": "{}"}',
        '{"algorithm": "md5", "hash": {"value": "x"}}',
        '{"algorithm": "scrypt", "hash": {"value": "x"}}',
    ],
)
def test_what_is_no_hash_is_refused(kept: str) -> None:
    assert import_hash(kept) is None


@pytest.mark.parametrize("value", [None, 1, [], {}, {"secretData": {}}, {"hash": {}}, b"x"])
def test_what_is_of_another_type_is_refused(value: object) -> None:
    assert import_hash(value) is None


@pytest.mark.req("HT-06")
@given(st.text())
def test_any_text_has_an_answer(kept: str) -> None:
    taken = import_hash(kept)

    assert taken is None or read(taken) is not None
