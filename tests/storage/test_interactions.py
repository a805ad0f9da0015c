"""The port `Interactions`, on each storage."""

from datetime import timedelta

from authwell.protocol.records import Interaction
from authwell.utils.randomness import digest
from tests.storage.worlds import CLIENT, LATER, NOW, OTHER_TENANT, TENANT, World

INTERACTION = Interaction(
    digest=digest("ia"),
    tenant_id=TENANT,
    client_id=CLIENT,
    browser_digest=digest("browser"),
    created_at=NOW,
    expires_at=NOW + timedelta(minutes=30),
    data={"parameters": [["state", "x'\"\x00\u2028"], ["scope", "openid"]]},
)


def test_a_kept_interaction_is_found(world: World) -> None:
    world.store.interactions.put(INTERACTION)

    assert world.store.interactions.find(TENANT, INTERACTION.digest, LATER) == INTERACTION
    assert world.store.interactions.find(OTHER_TENANT, INTERACTION.digest, LATER) is None


def test_an_expired_interaction_is_gone(world: World) -> None:
    world.store.interactions.put(INTERACTION)
    end = INTERACTION.expires_at

    assert world.store.interactions.find(TENANT, INTERACTION.digest, end) is None
    assert world.store.interactions.take(TENANT, INTERACTION.digest, end) is None


def test_an_expired_interaction_still_tells_whose_it_was(world: World) -> None:
    world.store.interactions.put(INTERACTION)
    found = world.store.interactions.find_expired(TENANT, INTERACTION.digest)
    foreign = world.store.interactions.find_expired(OTHER_TENANT, INTERACTION.digest)
    world.store.interactions.take(TENANT, INTERACTION.digest, LATER)

    assert found == INTERACTION
    assert foreign is None
    assert world.store.interactions.find_expired(TENANT, INTERACTION.digest) is None


def test_facts_are_added_to_an_interaction(world: World) -> None:
    world.store.interactions.put(INTERACTION)

    world.store.interactions.note(TENANT, INTERACTION.digest, {"account_id": "a"})
    world.store.interactions.note(TENANT, INTERACTION.digest, {"chosen": True})

    found = world.store.interactions.find(TENANT, INTERACTION.digest, LATER)
    assert found is not None
    assert found.data == {**INTERACTION.data, "account_id": "a", "chosen": True}


def test_an_interaction_is_taken_once(world: World) -> None:
    world.store.interactions.put(INTERACTION)

    first = world.store.interactions.take(TENANT, INTERACTION.digest, LATER)
    second = world.store.interactions.take(TENANT, INTERACTION.digest, LATER)

    assert first == INTERACTION
    assert second is None
    assert world.store.interactions.find(TENANT, INTERACTION.digest, LATER) is None


def test_a_taken_interaction_learns_nothing(world: World) -> None:
    world.store.interactions.put(INTERACTION)
    world.store.interactions.take(TENANT, INTERACTION.digest, LATER)

    world.store.interactions.note(TENANT, INTERACTION.digest, {"late": True})

    assert world.store.interactions.find(TENANT, INTERACTION.digest, LATER) is None
