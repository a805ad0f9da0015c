"""The look for secrets at the end of a run finds what must not be in logs, and nothing else."""

import pytest

from tests.parts.leaks import PASSWORDS, secrets_in
from tests.support.application import PASSWORD as PAGE_PASSWORD
from tests.support.configuration import PASSWORD

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0." + "s" * 86


VALUE = "v2zt3zdUkbz0eDYMnd0T59TNc08jwM4eS6GLgws7Uus"
"""As random as those of `new_secret`, and the same in every worker of a run."""


@pytest.mark.req("LG-02", "0.6")
@pytest.mark.parametrize(
    "secret",
    [
        *(f"{prefix}_{VALUE}" for prefix in ("aws", "awd", "code", "refresh")),
        JWT,
        "Basic d2ViOnNlY3JldC1vZi10aGUtY2xpZW50",
        "$argon2id$v=19$m=19456",
        "-----BEGIN RSA PRIVATE KEY-----",
        *PASSWORDS,
    ],
)
def test_a_secret_in_a_line_is_found_and_not_repeated(secret: str) -> None:
    found = secrets_in(f'{{"event": "request", "path": "/x?value={secret}"}}')

    assert len(found) == 1
    assert len(secret) <= 12 or secret not in found[0]


@pytest.mark.parametrize(
    "line",
    [
        "01a1fd54-fd8e-7740-abbc-4e62d4211aee",
        "01a1fd1d-1d57-7e4b-847f-8d312a6318d1 area=login rule=wrong_password",
        "test_a_password_changed_by_its_owner_ends_codes_and_refresh_tokens",
        "WWW-Authenticate: Bearer realm",
        f"\n---- mail\nTo: a@b.example\n\nhttps://x/reset?token=reset_{VALUE}\n----",
    ],
)
def test_what_is_no_secret_is_not_found(line: str) -> None:
    assert secrets_in(line) == []


def test_the_passwords_of_tests_are_known() -> None:
    assert {PASSWORD, PAGE_PASSWORD} <= set(PASSWORDS)
