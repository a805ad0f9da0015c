"""The port `RefreshTokens`: a chain for each grant, on each storage."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.utils.randomness import digest, new_id
from tests.storage.worlds import (
    ACCOUNT,
    CLIENT,
    LATER,
    NOW,
    OTHER_CLIENT,
    OTHER_TENANT,
    SESSION,
    TENANT,
    WAYS_TO_END,
    World,
    a_grant,
    a_rotation,
    an_event,
    started,
)


def test_a_kept_token_is_found_with_its_grant(world: World) -> None:
    grant, token = started(world.store)

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)

    assert found is not None
    assert found.grant == grant
    assert (found.created_at, found.expires_at, found.used_at) == (NOW, token.expires_at, None)
    assert (found.successor_sealed, found.successor_unused) == (None, False)


def test_a_token_of_another_tenant_does_not_exist(world: World) -> None:
    _, token = started(world.store)

    assert world.store.refresh_tokens.find(OTHER_TENANT, token.digest, LATER) is None
    assert world.store.refresh_tokens.find(TENANT, digest("guess"), LATER) is None


@pytest.mark.req("RT-02", "ST-11")
def test_a_token_is_used_once(world: World) -> None:
    grant, token = started(world.store)
    first, second = a_rotation(grant, token), a_rotation(grant, token)

    assert world.store.refresh_tokens.rotate(first)
    assert not world.store.refresh_tokens.rotate(second)

    assert world.store.refresh_tokens.find(TENANT, first.successor.digest, LATER) is not None
    assert world.store.refresh_tokens.find(TENANT, second.successor.digest, LATER) is None
    assert world.events() == ["grant_started", "token_refreshed"]


def test_a_used_token_tells_its_unused_successor(world: World) -> None:
    grant, token = started(world.store)

    world.store.refresh_tokens.rotate(a_rotation(grant, token))

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert found.used_at == LATER
    assert (found.successor_sealed, found.successor_unused) == (b"sealed", True)


def test_using_the_successor_clears_its_sealed_copy(world: World) -> None:
    grant, token = started(world.store)
    first = a_rotation(grant, token)
    world.store.refresh_tokens.rotate(first)

    world.store.refresh_tokens.rotate(a_rotation(grant, first.successor))

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert (found.successor_sealed, found.successor_unused) == (None, False)


def test_without_a_retry_window_nothing_of_the_successor_is_kept(world: World) -> None:
    grant, token = started(world.store)

    world.store.refresh_tokens.rotate(a_rotation(grant, token, successor_sealed=None))

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert (found.successor_sealed, found.successor_unused) == (None, False)


@pytest.mark.req("RT-03")
def test_another_client_does_not_use_a_token_up(world: World) -> None:
    grant, token = started(world.store)

    assert not world.store.refresh_tokens.rotate(a_rotation(grant, token, client_id=OTHER_CLIENT))

    assert world.store.refresh_tokens.rotate(a_rotation(grant, token))


@pytest.mark.req("RT-05")
@pytest.mark.parametrize(("what", "reason"), WAYS_TO_END.items())
def test_a_family_ends_with(world: World, what: str, reason: str) -> None:
    _, token = started(world.store)

    world.disable(what)

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert found.grant.ended == reason


@pytest.mark.req("RT-05")
@pytest.mark.parametrize("what", ["tenant", "client", "account"])
def test_a_family_older_than_not_before_has_ended(world: World, what: str) -> None:
    _, token = started(world.store)

    world.forget_before(what, NOW + timedelta(milliseconds=1))

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert found.grant.ended == f"{what}_not_before"


@pytest.mark.parametrize("what", ["tenant", "client", "account"])
def test_a_family_as_old_as_not_before_stands(world: World, what: str) -> None:
    _, token = started(world.store)

    world.forget_before(what, NOW)

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert found.grant.ended is None


@pytest.mark.req("RT-05", "RT-11")
def test_a_family_ends_with_its_session(world: World) -> None:
    _, token = started(world.store)

    world.end_session()

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert found.grant.ended == "session_ended"


def test_an_offline_family_outlives_its_session(world: World) -> None:
    _, token = started(world.store, a_grant(offline=True))

    world.end_session()

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert found.grant.ended is None


@pytest.mark.req("RT-06")
def test_a_family_ends_at_its_absolute_end(world: World) -> None:
    grant, token = started(world.store)

    before = grant.expires_at - timedelta(microseconds=1)
    standing = world.store.refresh_tokens.find(TENANT, token.digest, before)
    ended = world.store.refresh_tokens.find(TENANT, token.digest, grant.expires_at)

    assert standing is not None
    assert standing.grant.ended is None
    assert ended is not None
    assert ended.grant.ended == "grant_expired"


@pytest.mark.req("RT-01")
def test_revoking_the_grant_ends_the_newest_token_too(world: World) -> None:
    grant, token = started(world.store)
    rotation = a_rotation(grant, token)
    world.store.refresh_tokens.rotate(rotation)

    revoked = world.store.grants.revoke(TENANT, grant.id, "replay", LATER, an_event("revoked"))

    found = world.store.refresh_tokens.find(TENANT, rotation.successor.digest, LATER)
    assert revoked
    assert found is not None
    assert found.grant == replace(grant, ended="grant_revoked")


@pytest.mark.req("RT-01")
def test_a_client_revokes_a_token_with_its_grant_once(world: World) -> None:
    _, token = started(world.store)
    event = an_event("grant_revoked", LATER)

    first = world.store.refresh_tokens.revoke(TENANT, CLIENT, token.digest, "client", event)
    second = world.store.refresh_tokens.revoke(
        TENANT, CLIENT, token.digest, "client", replace(event, id=new_id())
    )

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert (first, second) == (True, False)
    assert found is not None
    assert found.grant.ended == "grant_revoked"
    assert world.events() == ["grant_started", "grant_revoked"]
    assert world.subjects()[-1] == (ACCOUNT.id, SESSION)


def test_nobody_revokes_what_is_not_theirs(world: World) -> None:
    _, token = started(world.store)
    event = an_event("grant_revoked", LATER)

    revoked = [
        world.store.refresh_tokens.revoke(tenant, client, key, "client", event)
        for tenant, client, key in (
            (TENANT, OTHER_CLIENT, token.digest),
            (OTHER_TENANT, CLIENT, token.digest),
            (TENANT, CLIENT, digest("guess")),
        )
    ]

    assert revoked == [False, False, False]
    assert world.events() == ["grant_started"]
