"""THREATS.md LG-01, LG-02, LG-06: what reaches the log."""

import json

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.utils.randomness import new_secret
from authwell.utils.scrubbing import names_a_secret, scrub, scrub_text

NAMES = [
    "password", "new_password", "Password", "secret", "client_secret", "Client-Secret", "token",
    "access_token", "refresh_token", "id_token", "id_token_hint", "csrf_token", "code",
    "authorization", "Authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "assertion",
    "client_assertion", "code_verifier", "smtp_password", "SECRET_KEY", "KEY_ENCRYPTION_KEY",
    "totp", "otp", "backup_codes", "api_key", "X-API-Key", "query_string", "private_key",
    "device_code", "user_code", "DATABASE_URL", "request_uri", "private_jwk",
]  # fmt: skip

TEXTS = [
    "https://rp.test/cb?code=hunter2&state=x",
    "https://rp.test/cb#access_token=hunter2",
    "/oauth/authorize?id_token_hint=hunter2",
    "postgresql+psycopg2://auth:hunter2@db/auth_db",
    "redis://:hunter2@cache:6379/0",
    "Authorization: Bearer hunter2hunter2",
    "got Basic hunter2hunter2== from a client",
    "DPoP hunter2hunter2",
    "password=hunter2",
    "client_secret: hunter2",
    '{"password": "hunter2"}',
    "refresh_token=hunter2&grant_type=refresh_token",
    "code=hunter2",
    "(psycopg2.Error) boom [SQL: SELECT 1] [parameters: {'x': 'hunter2', 'y': ']'}]",
]


@pytest.mark.req("LG-02")
@pytest.mark.parametrize("name", NAMES)
def test_a_value_is_hidden_by_its_name_at_any_depth(name: str) -> None:
    shown = json.dumps(scrub({"a": [{"b": {name: "hunter2"}}], name: ["hunter2"]}))

    assert names_a_secret(name)
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    "name", ["client_id", "status_code", "error_code", "scope", "token_type", "kid", "rule"]
)
def test_other_names_keep_their_values(name: str) -> None:
    assert scrub({name: "value"}) == {name: "value"}


@pytest.mark.req("LG-02")
@pytest.mark.parametrize("text", TEXTS)
def test_a_secret_in_a_text_is_hidden(text: str) -> None:
    assert "hunter2" not in scrub_text(text)


@pytest.mark.req("LG-02")
@pytest.mark.parametrize("prefix", ["code", "rt", "at", "session"])
def test_our_own_secrets_are_hidden_by_their_form(prefix: str) -> None:
    secret = new_secret(prefix)

    assert secret not in scrub_text(f"found {secret} in a text")
    assert scrub_text(secret) == "[scrubbed]"


@pytest.mark.req("LG-02")
def test_a_jwt_is_hidden_by_its_form() -> None:
    assert "c2lnbmF0dXJl" not in scrub_text(
        "sent eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    )


@pytest.mark.parametrize(
    "text",
    [
        "The redirect URI is not registered.",
        "https://rp.test/cb",
        "compared https://a.test/cb with https://a.test/cb/",
        "openid profile email offline_access",
        "019a0000-0000-7000-8000-000000000000",
        "status_code=200",
        "what? no",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert scrub_text(text) == text


@pytest.mark.req("LG-01")
@pytest.mark.parametrize("character", ["\r", "\x1b", "\x00", "\x7f", "\x9b", "\u2028", "\u202e"])
def test_a_control_character_is_written_out(character: str) -> None:
    shown = scrub_text(f"a{character}b")

    assert character not in shown
    assert shown == f"a\\u{ord(character):04x}b"


@pytest.mark.req("LG-06")
def test_a_long_text_is_cut() -> None:
    assert len(scrub_text("a b" * 100_000)) < 2200


@pytest.mark.req("LG-06")
def test_a_wide_or_deep_value_is_cut() -> None:
    deep: object = "end"
    for _ in range(100):
        deep = [deep]

    shown = json.dumps(
        scrub(
            {"deep": deep, "wide": list(range(10_000)), **dict.fromkeys(map(str, range(10_000)), 1)}
        )
    )

    assert len(shown) < 2000


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.binary()
    | st.text(alphabet=st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(alphabet=st.characters(codec=None)), ANYTHING))
def test_any_value_becomes_one_line_of_json(value: dict[str, object]) -> None:
    line = orjson.dumps(scrub({"field": value}))

    assert b"\n" not in line
