"""Signing keys as rows, on SQLite and PostgreSQL."""

from dataclasses import replace
from typing import Any

import pytest

from authwell.storage.database import Database
from authwell.storage.keys import KeyRecord, SigningKeys, open_private, seal_private
from authwell.utils.sealing import CannotOpen, Sealer
from tests.storage.worlds import LATER, NOW, OTHER_TENANT, TENANT, an_event

SEALER = Sealer(b"k" * 32)


def a_key(kid: str, **changes: Any) -> KeyRecord:
    key = KeyRecord(TENANT, kid, "RS256", "active", {"kty": "RSA", "kid": kid}, b"sealed", NOW)
    return replace(key, **changes)


def states(keys: SigningKeys) -> dict[str, str]:
    return {key.kid: key.state for key in keys.list(TENANT)}


def test_an_added_key_is_listed(database: Database) -> None:
    keys = SigningKeys(database)

    assert keys.add(a_key("one"), an_event())

    assert keys.list(TENANT) == (a_key("one"),)
    assert keys.list(OTHER_TENANT) == ()


@pytest.mark.req("ST-10")
@pytest.mark.parametrize("state", ["active", "next"])
def test_there_is_one_key_in_that_state(database: Database, state: str) -> None:
    keys = SigningKeys(database)

    assert keys.add(a_key("one", state=state), an_event())
    assert not keys.add(a_key("two", state=state), an_event())
    assert keys.add(a_key("three", state=state, alg="ES256"), an_event())

    assert states(keys) == {"one": state, "three": state}


def test_rotation_makes_the_next_key_active(database: Database) -> None:
    keys = SigningKeys(database)
    keys.add(a_key("one"), an_event())
    keys.add(a_key("two", state="next"), an_event())
    keys.add(a_key("other", alg="ES256"), an_event())

    assert keys.rotate(a_key("two"), an_event("rotated", LATER))
    assert not keys.rotate(a_key("two"), an_event("rotated", LATER))

    found = {key.kid: key for key in keys.list(TENANT)}
    assert states(keys) == {"one": "retiring", "two": "active", "other": "active"}
    assert found["one"].retiring_at == LATER
    assert found["two"].activated_at == LATER


def test_a_key_that_is_not_next_is_not_activated(database: Database) -> None:
    keys = SigningKeys(database)
    keys.add(a_key("one"), an_event())

    assert not keys.rotate(a_key("unknown"), an_event("rotated", LATER))

    assert states(keys) == {"one": "active"}


def test_a_retired_key_loses_its_private_part(database: Database) -> None:
    keys = SigningKeys(database)
    keys.add(a_key("one", state="retiring"), an_event())

    assert keys.retire(TENANT, "one", an_event("retired", LATER))
    assert not keys.retire(TENANT, "one", an_event("retired", LATER))

    assert keys.list(TENANT) == (
        a_key("one", state="retired", private_sealed=None, retired_at=LATER),
    )


def test_a_key_is_sealed_anew_once(database: Database) -> None:
    keys = SigningKeys(database)
    keys.add(a_key("one"), an_event())

    assert keys.reseal(a_key("one"), b"anew")
    assert not keys.reseal(a_key("one"), b"again")

    assert keys.list(TENANT) == (a_key("one", private_sealed=b"anew"),)


def test_a_private_part_opens_in_its_own_row_only() -> None:
    sealed = seal_private(SEALER, TENANT, "one", b"der")
    key = a_key("one", private_sealed=sealed)

    assert open_private(SEALER, key) == b"der"
    assert open_private(SEALER, a_key("one", private_sealed=None)) is None
    with pytest.raises(CannotOpen):
        open_private(SEALER, a_key("two", private_sealed=sealed))
    with pytest.raises(CannotOpen):
        open_private(SEALER, replace(key, tenant_id=OTHER_TENANT))
