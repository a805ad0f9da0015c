"""Hashing of passwords: schemes, bounds and odd input."""

import threading
from datetime import timedelta

import bcrypt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authwell.config.settings import SettingsError, load_settings
from authwell.identity.passwords.hashing import (
    MAX_LENGTH,
    Hasher,
    Passwords,
    PasswordTooLong,
    TooBusy,
)
from tests.identity.conftest import DEVELOPMENT

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
def test_who_would_take_the_last_thread_is_refused_at_once() -> None:
    passwords = Passwords(1, wait=timedelta(seconds=60), busy=2)
    inside, go_on = threading.Event(), threading.Event()

    def work() -> None:
        with passwords.place():
            inside.set()
            go_on.wait()

    threads = [threading.Thread(target=work) for _ in range(2)]
    threads[0].start()
    inside.wait()
    threads[1].start()
    while passwords.room > 0:
        threading.Event().wait(0.001)
    with pytest.raises(TooBusy), passwords.place():
        pass
    go_on.set()
    for thread in threads:
        thread.join()

    assert passwords.room == 2


@pytest.mark.req("M1", "AU-20", "Q-ARGON2_MEMORY_KIB", "Q-ARGON2_TIME", "Q-ARGON2_PARALLELISM")
def test_a_dearer_hash_is_a_setting_and_older_ones_are_made_anew() -> None:
    given = {"ARGON2_MEMORY_KIB": "20480", "ARGON2_TIME": "3", "ARGON2_PARALLELISM": "2"}
    with Passwords.of(load_settings({**DEVELOPMENT, **given}), parallel=1).place() as hasher:
        assert hasher.hash("secret").startswith("$argon2id$v=19$m=20480,t=3,p=2$")
        assert hasher.is_outdated(ARGON2.hash("secret"))


@pytest.mark.req("AU-20")
@pytest.mark.parametrize(("name", "value"), [("ARGON2_MEMORY_KIB", "19455"), ("ARGON2_TIME", "1")])
def test_a_cheaper_hash_stops_the_start(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load_settings({**DEVELOPMENT, name: value})


@pytest.mark.req("AU-10", "Q-PASSWORD_HASHES_AT_ONCE")
def test_the_number_of_places_is_a_setting() -> None:
    passwords = Passwords.of(load_settings({**DEVELOPMENT, "PASSWORD_HASHES_AT_ONCE": "5"}))

    assert passwords.room == 5


@pytest.mark.req("AU-10")
def test_never_more_hashes_than_places_at_once() -> None:
    passwords = Passwords(2, wait=timedelta(seconds=60), busy=12)
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
