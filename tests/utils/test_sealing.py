"""Encryption of secrets at rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.utils.sealing import CannotOpen, Sealer

KEY = bytes(range(32))
OTHER_KEY = bytes(range(32, 64))


@pytest.mark.req("DC-07")
@given(st.binary(), st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_again_and_does_not_show(plain: bytes, aad: str) -> None:
    sealed = Sealer(KEY).seal(plain, "keys", aad)

    assert Sealer(KEY).open(sealed, "keys", aad) == plain
    assert len(plain) < 4 or plain not in sealed


def test_a_value_opens_only_for_its_purpose() -> None:
    sealed = Sealer(KEY).seal(b"secret", "keys", "row 1")

    with pytest.raises(CannotOpen):
        Sealer(KEY).open(sealed, "secrets", "row 1")


def test_a_value_opens_only_in_its_row() -> None:
    sealed = Sealer(KEY).seal(b"secret", "keys", "row 1")

    with pytest.raises(CannotOpen):
        Sealer(KEY).open(sealed, "keys", "row 2")


def test_a_value_of_an_unknown_key_does_not_open() -> None:
    sealed = Sealer(OTHER_KEY).seal(b"secret", "keys", "")

    with pytest.raises(CannotOpen):
        Sealer(KEY).open(sealed, "keys", "")


def test_what_is_sealed_alike_opens_and_is_the_same_for_the_same_alone() -> None:
    sealer = Sealer(KEY)
    values = [(b"a", "p", "bc"), (b"a", "p", "bd"), (b"b", "p", "bc"), (b"ca", "p", "b")]
    values.append((b"a", "q", "bc"))

    sealed = [sealer.seal_alike(*value) for value in values]

    assert sealed == [Sealer(KEY).seal_alike(*value) for value in values]
    assert len({each[5:17] for each in sealed}) == len(values)
    for (plain, purpose, aad), each in zip(values, sealed, strict=True):
        assert sealer.open(each, purpose, aad) == plain
    with pytest.raises(CannotOpen):
        sealer.open(sealed[0], "p", "bd")


def test_an_old_key_opens_but_does_not_seal() -> None:
    sealed = Sealer(OTHER_KEY).seal(b"secret", "keys", "")
    sealer = Sealer(KEY, (OTHER_KEY,))

    again = sealer.seal(sealer.open(sealed, "keys", ""), "keys", "")

    assert not sealer.is_current(sealed)
    assert sealer.is_current(again)
    assert Sealer(KEY).open(again, "keys", "") == b"secret"


@given(st.integers(0, 50), st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, change: int) -> None:
    sealer = Sealer(KEY)
    sealed = bytearray(sealer.seal(b"a secret of some length...", "keys", ""))

    sealed[position % len(sealed)] ^= change

    with pytest.raises(CannotOpen):
        sealer.open(bytes(sealed), "keys", "")


@given(st.binary(max_size=80))
def test_any_other_bytes_are_refused_and_never_crash(value: bytes) -> None:
    with pytest.raises(CannotOpen):
        Sealer(KEY).open(value, "keys", "")


def test_derived_keys_differ_by_purpose_and_key_and_stay_the_same() -> None:
    derived = {
        Sealer(KEY).derive("csrf"),
        Sealer(KEY).derive("client-secret"),
        Sealer(OTHER_KEY).derive("csrf"),
    }

    assert len(derived) == 3
    assert {len(value) for value in derived} == {32}
    assert Sealer(KEY, (OTHER_KEY,)).derive("csrf") in derived


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short")


def test_a_sealer_shows_no_key() -> None:
    assert KEY.hex() not in repr(Sealer(KEY))
    assert repr(KEY) not in repr(Sealer(KEY))
