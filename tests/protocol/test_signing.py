"""Our own tokens: one text is one token, and nothing in a header is believed."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import orjson
import pytest

from authwell.protocol.jose import signing
from authwell.protocol.jose.keys import KeyRing
from tests.protocol.conftest import key_ring

CLAIMS = {"iss": "https://id.example", "sub": "alice"}


def signed(alg: str = "RS256", typ: str | None = "at+jwt") -> str:
    """A token of ours."""
    key = key_ring().signing(alg)
    assert key is not None
    return signing.sign(CLAIMS, key, typ)


def with_header(token: str, **members: object) -> str:
    """The token with other members in its header."""
    header, payload, signature = token.split(".")
    known = orjson.loads(urlsafe_b64decode(header + "=="))
    changed = urlsafe_b64encode(orjson.dumps({**known, **members})).rstrip(b"=").decode()
    return f"{changed}.{payload}.{signature}"


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_what_we_sign_we_verify(alg: str) -> None:
    assert signing.verify(signed(alg), key_ring(), "at+jwt") == CLAIMS


@pytest.mark.req("CD-06")
@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_no_other_text_is_the_same_token(alg: str) -> None:
    token = signed(alg)
    head, last = token[:-1], token[-1]
    others = [
        head + char for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    ]
    others += [token + "=", token + "A", head, token.swapcase(), f"{head}\n{last}", f"{token}!"]

    for other in set(others) - {token}:
        with pytest.raises(signing.InvalidToken):
            signing.verify(other, key_ring(), "at+jwt")


@pytest.mark.req("TK-01", "TK-02", "TK-03", "TK-04", "TK-05", "TK-08")
@pytest.mark.parametrize(
    "members",
    [
        {"alg": "none"},
        {"alg": "nOnE"},
        {"alg": "HS256"},
        {"alg": "ES256"},
        {"kid": None},
        {"kid": ["a"]},
        {"kid": "../../etc/passwd"},
        {"kid": "x" * 10_000},
        {"crit": ["b64"], "b64": False},
        {"typ": "JWT"},
        {"typ": None},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"jku": "https://evil.example/jwks"},
    ],
)
def test_a_changed_header_is_refused(members: dict[str, object]) -> None:
    with pytest.raises(signing.InvalidToken):
        signing.verify(with_header(signed(), **members), key_ring(), "at+jwt")


@pytest.mark.req("TK-08")
def test_an_access_token_is_no_id_token_and_the_other_way_round() -> None:
    with pytest.raises(signing.InvalidToken):
        signing.verify(signed(typ="at+jwt"), key_ring(), "")
    with pytest.raises(signing.InvalidToken):
        signing.verify(signed(typ="JWT"), key_ring(), "at+jwt")


@pytest.mark.req("TK-11")
@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "é.é.é", "A" * 20_000, "." * 3])
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(signing.InvalidToken):
        signing.verify(token, key_ring(), "at+jwt")


def test_a_token_that_was_verified_is_remembered_for_its_type_only() -> None:
    keys, token = key_ring(), signed()
    signing.verify(token, keys, "at+jwt")

    with pytest.raises(signing.InvalidToken):
        signing.verify(token, keys, "")


def test_claims_of_a_remembered_token_cannot_be_changed() -> None:
    keys, token = key_ring(), signed()
    signing.verify(token, keys, "at+jwt")["sub"] = "mallory"

    assert signing.verify(token, keys, "at+jwt") == CLAIMS


@pytest.mark.req("TK-01")
def test_a_remembered_token_ends_with_its_key() -> None:
    token = signed()
    signing.verify(token, key_ring(), "at+jwt")

    with pytest.raises(signing.UnknownKey):
        signing.verify(token, KeyRing([]), "at+jwt")


def test_only_so_many_tokens_are_remembered() -> None:
    key = key_ring().signing("RS256")
    assert key is not None
    keys = KeyRing([key])
    keys.verified.update((bytes([n % 256, n // 256]), {}) for n in range(signing.MOST_VERIFIED))

    assert signing.verify(signed(), keys, "at+jwt") == CLAIMS
    assert len(keys.verified) == 1
