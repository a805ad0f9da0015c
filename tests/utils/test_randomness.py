"""Random values, digests and identifiers."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.utils.randomness import digest, id_time, new_id, new_secret


def test_a_secret_has_its_prefix_and_256_random_bits() -> None:
    secret = new_secret("code")

    assert re.fullmatch(r"code_[A-Za-z0-9_-]{43}", secret)


def test_secrets_do_not_repeat() -> None:
    assert len({new_secret("rt") for _ in range(1000)}) == 1000


def test_a_digest_is_sha256() -> None:
    assert digest("abc") == sha256(b"abc").digest()


@given(st.text(alphabet=st.characters(codec=None)))
def test_any_text_has_a_digest(value: str) -> None:
    assert len(digest(value)) == 32


def test_an_identifier_is_a_uuid_of_version_7() -> None:
    value = new_id()

    assert len(value) == 36
    assert UUID(value).version == 7
    assert UUID(value).variant == "specified in RFC 4122"


def test_identifiers_do_not_repeat() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


@given(st.timedeltas(timedelta(0), timedelta(days=365_000)))
def test_an_identifier_tells_its_time_to_the_millisecond(age: timedelta) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + age

    found = id_time(new_id(at))

    assert found is not None
    assert timedelta(0) <= at - found < timedelta(milliseconds=1)


def test_identifiers_sort_by_time() -> None:
    first = new_id(datetime(2026, 11, 21, tzinfo=UTC))
    second = new_id(datetime(2026, 11, 21, 0, 0, 0, 1, tzinfo=UTC))

    assert first < second


def test_an_identifier_without_a_time_is_of_now() -> None:
    found = id_time(new_id())

    assert found is not None
    assert abs(datetime.now(UTC) - found) < timedelta(seconds=5)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "no uuid",
        "ffffffff-ffff-7fff-bfff-ffffffffffff",
        "00000000-0000-4000-8000-000000000000",
        "{019a0000-0000-7000-8000-000000000000}",
    ],
)
def test_other_text_has_no_time(value: str) -> None:
    assert id_time(value) is None


@given(st.text())
def test_no_text_crashes_id_time(value: str) -> None:
    assert id_time(value) is None
