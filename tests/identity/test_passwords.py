"""Hashing of passwords: schemes, bounds and odd input."""

import threading
from datetime import timedelta

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authwell.identity.passwords import MAX_LENGTH, Hasher, Passwords, PasswordTooLong, TooBusy

ARGON2 = Hasher("argon2")
BCRYPT_OF_SECRET = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


@pytest.mark.req("AU-20")
def test_a_new_hash_is_argon2id_of_19_mib_in_two_passes() -> None:
    kept = ARGON2.hash("secret")

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert ARGON2.matches("secret", kept)
    assert not ARGON2.matches("Secret", kept)
    assert not ARGON2.is_outdated(kept)


@pytest.mark.req("AU-20")
@pytest.mark.parametrize("prefix", ["$2a$", "$2b$", "$2y$"])
def test_a_bcrypt_hash_from_elsewhere_is_understood_and_outdated(prefix: str) -> None:
    kept = BCRYPT_OF_SECRET.replace("$2b$", prefix)

    assert ARGON2.matches("secret", kept)
    assert not ARGON2.matches("other", kept)
    assert ARGON2.is_outdated(kept)


def test_where_bcrypt_is_chosen_new_hashes_are_bcrypt_with_cost_12() -> None:
    hasher = Hasher("bcrypt")

    kept = hasher.hash("secret")

    assert kept.startswith("$2b$12$")
    assert hasher.matches("secret", kept)
    assert not hasher.is_outdated(kept)
    assert hasher.is_outdated(BCRYPT_OF_SECRET)


@pytest.mark.req("AU-09")
def test_nothing_of_a_long_password_is_cut_off() -> None:
    hasher = Hasher("bcrypt")
    long = "x" * 73

    kept = hasher.hash(long)

    assert hasher.matches(long, kept)
    assert not hasher.matches(long[:72], kept)
    assert not hasher.is_outdated(kept)
    assert not ARGON2.matches(long, bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode())


@pytest.mark.req("AU-09")
def test_a_password_of_more_than_1024_characters_is_refused_without_a_hash() -> None:
    too_long = "x" * (MAX_LENGTH + 1)
    passwords = Passwords(1, wait=timedelta(0))
    kept = passwords.hash("x" * MAX_LENGTH)

    assert passwords.matches("x" * MAX_LENGTH, kept)
    assert not passwords.matches(too_long, kept)
    with pytest.raises(PasswordTooLong):
        passwords.hash(too_long)


@pytest.mark.req("HT-06")
@pytest.mark.parametrize("odd", ["a\0b", "\0", "", "\ud800", "\uff21\uff22\uff23", "пароль", "🔑"])
def test_odd_characters_are_part_of_a_password(odd: str) -> None:
    kept = ARGON2.hash(odd)

    assert ARGON2.matches(odd, kept)
    assert not ARGON2.matches(odd.partition("\0")[0] + "x", kept)


@pytest.mark.parametrize(
    "kept", ["", "plain", "$argon2id$broken", "$2b$xx$broken", "$2b$12$", "$1$abc", "é", "\0"]
)
def test_a_broken_hash_matches_nothing_and_harms_nobody(kept: str) -> None:
    assert not ARGON2.matches("secret", kept)
    assert not ARGON2.matches(kept, kept)


def test_bcrypt_is_not_given_what_it_would_take_for_something_else() -> None:
    hasher = Hasher("bcrypt")

    kept = hasher.hash("a\0a")

    assert kept.startswith("$argon2id$")
    assert hasher.matches("a\0a", kept)
    assert not hasher.matches("a\0a", hasher.hash("a"))


def test_without_a_hash_nothing_matches() -> None:
    assert not ARGON2.matches("", None)


@settings(max_examples=20, deadline=None)
@given(st.text(), st.text())
def test_only_the_same_text_matches(first: str, second: str) -> None:
    kept = bcrypt.hashpw(first.encode()[:72], bcrypt.gensalt(4)).decode()

    fits = len(first.encode()) <= 72 and "\0" not in first
    assert ARGON2.matches(first, kept) is fits
    assert ARGON2.matches(second, kept) is (fits and first == second)


@pytest.mark.req("AU-10")
def test_who_finds_no_place_is_told_when_to_come_again() -> None:
    passwords = Passwords(1, wait=timedelta(milliseconds=10))

    with passwords.place(), pytest.raises(TooBusy) as refused:
        passwords.matches("secret", None)

    assert refused.value.retry_after > timedelta(0)
    assert not passwords.matches("secret", None)


@pytest.mark.req("AU-10")
def test_never_more_hashes_than_places_at_once() -> None:
    passwords = Passwords(2, wait=timedelta(seconds=60))
    here, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal here, most
        with passwords.place() as hasher:
            with lock:
                here += 1
                most = max(most, here)
            hasher.matches("secret", None)
            with lock:
                here -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 2
