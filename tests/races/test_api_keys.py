"""API_KEY_MAX_PER_USER holds also for those who ask for many keys at once."""

from datetime import timedelta

import pytest

from authwell.storage.database import Database
from authwell.storage.people.api_keys import ApiKeyRecord, ApiKeys
from authwell.utils.randomness import digest, new_id, new_secret
from tests.races.runners import Race, processes, race
from tests.storage.worlds import ACCOUNT, NOW, TENANT, an_event

__all__ = ["processes", "race"]

MOST = 7


def make_keys(database: Database, _number: int) -> int:
    made = 0
    for _ in range(3):
        value = new_secret("ask")
        record = ApiKeyRecord(
            id=new_id(NOW),
            tenant_id=TENANT,
            account_id=ACCOUNT.id,
            digest=digest(value),
            hint=value[:8],
            name="script",
            scopes=("read:user",),
            created_at=NOW,
            expires_at=NOW + timedelta(days=1),
        )
        made += ApiKeys(database).add(record, MOST, an_event("api_key.created"))
    return made


def revoke_key(database: Database, _number: int, key_id: str) -> bool:
    return ApiKeys(database).revoke(TENANT, ACCOUNT.id, key_id, an_event("api_key.revoked"))


@pytest.mark.req("TN-08", "J3")
def test_a_key_is_revoked_once(race: Race) -> None:
    database = Database(race.url)
    make_keys(database, 0)
    key, *_ = ApiKeys(database).list(TENANT, ACCOUNT.id, MOST)
    database.close()

    assert race.run(revoke_key, key.id).count(True) == 1


@pytest.mark.req("J5")
def test_an_account_never_has_more_keys_than_it_may(race: Race) -> None:
    assert sum(race.run(make_keys)) == MOST
