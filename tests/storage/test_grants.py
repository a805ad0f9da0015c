"""The port `Grants`, on each storage."""

import pytest

from tests.storage.worlds import (
    LATER,
    OTHER_TENANT,
    TENANT,
    World,
    a_grant,
    an_event,
    started,
)


def test_a_grant_is_revoked_once(world: World) -> None:
    grant, _ = started(world.store)

    first = world.store.grants.revoke(TENANT, grant.id, "asked", LATER, an_event("revoked"))
    second = world.store.grants.revoke(TENANT, grant.id, "asked", LATER, an_event("revoked"))

    assert (first, second) == (True, False)
    assert world.events() == ["grant_started", "revoked"]


def test_a_grant_of_another_tenant_is_not_revoked(world: World) -> None:
    grant, token = started(world.store)

    revoked = world.store.grants.revoke(OTHER_TENANT, grant.id, "asked", LATER, an_event())

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert not revoked
    assert found is not None
    assert found.grant.ended is None


def test_an_unknown_grant_is_not_revoked(world: World) -> None:
    assert not world.store.grants.revoke(TENANT, "nothing", "asked", LATER, an_event())
    assert world.events() == []


@pytest.mark.parametrize("offline", [True, False])
def test_a_grant_without_session_stands_by_itself(world: World, offline: bool) -> None:
    grant = a_grant(session_id=None, sid=None, offline=offline)
    _, token = started(world.store, grant)

    world.end_session()

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert found.grant == grant
