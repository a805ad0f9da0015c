"""DESIGN.md section 4: how client secrets are kept, compared and rotated."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.identity.clients.secrets import (
    ClientSecrets,
    UnfitSecret,
    generate,
    rotated,
)
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.model import Client, ClientSecret
from authwell.protocol.policy import PROFILES
from authwell.utils.sealing import Sealer
from tests.identity.configuration.configuring import NOW, PASSWORDS, SECRET

KEY = b"k" * 32
SEALER = Sealer(KEY)
OVERLAP = timedelta(hours=24)
SECRETS = ClientSecrets([KEY], PASSWORDS, SEALER, is_production=False)


def client(*secrets: ClientSecret) -> Client:
    metadata = {"client_id": "service", "grant_types": ["client_credentials"]}
    return read_client(metadata, Registration("tenant", PROFILES, secrets))


@pytest.mark.req("CA-01", "1.1")
def test_only_the_right_secret_matches() -> None:
    kept = client(SECRETS.keep(SECRET))

    assert SECRETS.matches(kept, SECRET, NOW)
    assert not SECRETS.matches(kept, SECRET + "x", NOW)
    assert not SECRETS.matches(kept, "", NOW)
    assert not SECRETS.matches(client(), SECRET, NOW)
    assert not SECRETS.matches(None, SECRET, NOW)


def test_a_machines_secret_is_kept_as_a_keyed_digest() -> None:
    kept = SECRETS.keep(SECRET)

    assert kept.kind == "hmac"
    assert len(kept.value) == 43
    assert SECRET not in kept.value


def test_a_humans_secret_is_kept_as_argon2() -> None:
    kept = SECRETS.keep("short")

    assert kept.kind == "argon2"
    assert SECRETS.matches(client(kept), "short", NOW)
    assert not SECRETS.matches(client(kept), "other", NOW)


@pytest.mark.parametrize("secret", ["short", "x" * 31, "", " ", "x" * 1025])
def test_production_refuses_what_can_be_guessed(secret: str) -> None:
    production = ClientSecrets([KEY], PASSWORDS, SEALER, is_production=True)

    with pytest.raises(UnfitSecret):
        production.keep(secret)


def test_a_secret_that_has_ended_does_not_match() -> None:
    kept = client(SECRETS.keep(SECRET, expires_at=NOW))

    assert SECRETS.matches(kept, SECRET, NOW - timedelta(seconds=1))
    assert not SECRETS.matches(kept, SECRET, NOW)


def test_secrets_survive_a_new_key_encryption_key() -> None:
    kept = client(SECRETS.keep(SECRET))

    later = ClientSecrets([b"n" * 32, KEY], PASSWORDS, SEALER, is_production=True)

    assert later.matches(kept, SECRET, NOW)
    assert not ClientSecrets([b"n" * 32], PASSWORDS, SEALER, is_production=True).matches(
        kept, SECRET, NOW
    )


@pytest.mark.req("1.1")
def test_a_rotation_leaves_two_live_secrets_for_a_while() -> None:
    new = generate()
    secrets = rotated([SECRETS.keep(SECRET)], SECRETS.keep(new), NOW, OVERLAP)

    assert all(SECRETS.matches(client(*secrets), secret, NOW) for secret in (SECRET, new))
    assert not SECRETS.matches(client(*secrets), SECRET, NOW + OVERLAP)
    assert SECRETS.matches(client(*secrets), new, NOW + OVERLAP)


def test_a_second_rotation_drops_the_oldest() -> None:
    values = [generate() for _ in range(3)]
    first, second, third = (SECRETS.keep(value) for value in values)

    after_one = rotated([first], second, NOW, OVERLAP)
    after_two = rotated(list(reversed(after_one)), third, NOW, OVERLAP)

    assert after_two == (replace(second, expires_at=NOW + OVERLAP), third)


def test_a_rotation_without_overlap_ends_the_old_at_once() -> None:
    new = SECRETS.keep(generate())

    assert rotated([SECRETS.keep(SECRET)], new, NOW, timedelta(0)) == (new,)


@given(st.text())
def test_any_text_is_compared_and_never_crashes(presented: str) -> None:
    kept = client(SECRETS.keep(SECRET))

    assert SECRETS.matches(kept, presented, NOW) == (presented == SECRET)
