"""Credentials that twenty administrators change at once are changed by one (REQUIREMENTS.md J7)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from authwell.identity.configuration.authors import Author
from authwell.identity.integrations.service import WithCredentials
from authwell.identity.keys.keeper import NotRotated, key_keeper
from authwell.utils.randomness import digest
from authwell.utils.versions import ChangedMeanwhile
from tests.conftest import NewDatabase
from tests.races.test_people import at_once
from tests.support.house import House, house_on


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[House]:
    """A house on each kind of database."""
    house = house_on(new_database(request.param))
    yield house
    house.site.database.close()


@pytest.mark.req("J7")
def test_one_of_twenty_new_secrets_is_the_integrations(house: House) -> None:
    integrations, tenant_id = house.site.integrations, house.server.tenant.id
    author = Author("cli:root", house.now)
    members = {"type": "custom", "name": "ledger"}
    made = integrations.create(tenant_id, members, author)
    house.move(timedelta(seconds=1))
    later = Author("cli:root", house.now)

    def regenerate(_: int) -> WithCredentials | None:
        try:
            return integrations.regenerate(made.integration, later)
        except ChangedMeanwhile:
            return None

    won = [each for each in at_once(regenerate) if each is not None]

    found = integrations.get(tenant_id, made.integration.id)
    assert [digest(each.api_key) for each in won] == [found.current.key_digest]
    assert found.previous is not None
    assert found.previous.key_digest == digest(made.api_key)
    kind = "integration.secret_regenerated"
    assert len(house.rows("SELECT id FROM audit_events WHERE type = :kind", kind=kind)) == 1


def test_a_signing_key_is_revoked_once_and_followed_by_one(house: House) -> None:
    here, tenant_id = house.site, house.server.tenant.id
    keeper = key_keeper(here.database, here.sealer, here.settings)
    seen = (key for key in keeper.keys.list(tenant_id) if key.alg == "ES256")
    active = next(key for key in seen if key.state == "active")

    def revoke(_: int) -> bool:
        try:
            keeper.revoke(tenant_id, active.kid, house.now)
        except NotRotated:
            return False
        return True

    at_once(revoke)

    keys = [key for key in keeper.keys.list(tenant_id) if key.alg == "ES256"]
    assert [key.kid for key in keys if key.revoked_at is not None] == [active.kid]
    assert sorted(key.state for key in keys) == ["active", "next", "retired"]
    told = house.rows("SELECT id FROM audit_events WHERE type = 'key.revoked'")
    assert len(told) == 1
