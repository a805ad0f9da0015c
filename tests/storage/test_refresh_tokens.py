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
    _, token = started(world.store)
    first, second = a_rotation(token), a_rotation(token)

    assert world.store.refresh_tokens.rotate(first)
    assert not world.store.refresh_tokens.rotate(second)

    assert world.store.refresh_tokens.find(TENANT, first.successor_digest, LATER) is not None
    assert world.store.refresh_tokens.find(TENANT, second.successor_digest, LATER) is None
    assert world.events() == ["grant_started", "token_refreshed"]


def test_a_used_token_tells_its_unused_successor(world: World) -> None:
    _, token = started(world.store)

    world.store.refresh_tokens.rotate(a_rotation(token))

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert found.used_at == LATER
    assert (found.successor_sealed, found.successor_unused) == (b"sealed", True)


def test_using_the_successor_clears_its_sealed_copy(world: World) -> None:
    _, token = started(world.store)
    first = a_rotation(token)
    world.store.refresh_tokens.rotate(first)

    world.store.refresh_tokens.rotate(a_rotation(token, digest=first.successor_digest))

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert (found.successor_sealed, found.successor_unused) == (None, False)


def test_without_a_retry_window_nothing_of_the_successor_is_kept(world: World) -> None:
    _, token = started(world.store)

    world.store.refresh_tokens.rotate(a_rotation(token, successor_sealed=None))

    found = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert (found.successor_sealed, found.successor_unused) == (None, False)


@pytest.mark.req("RT-03")
def test_another_client_does_not_use_a_token_up(world: World) -> None:
    _, token = started(world.store)

    assert not world.store.refresh_tokens.rotate(a_rotation(token, client_id=OTHER_CLIENT))

    assert world.store.refresh_tokens.rotate(a_rotation(token))


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
    rotation = a_rotation(token)
    world.store.refresh_tokens.rotate(rotation)

    revoked = world.store.grants.revoke(TENANT, grant.id, "replay", LATER, an_event("revoked"))

    found = world.store.refresh_tokens.find(TENANT, rotation.successor_digest, LATER)
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


@pytest.mark.req("RT-02", "ST-11")
def test_a_plain_token_is_found_and_used_once(world: World) -> None:
    grant, token = started(world.store, a_grant(resources=()))
    first, second = a_rotation(token), a_rotation(token)

    found = world.store.refresh_tokens.rotate_plain(first)

    assert found is not None
    assert (found.grant, found.digest, found.client_id) == (grant, token.digest, CLIENT)
    assert (found.created_at, found.expires_at, found.used_at) == (NOW, token.expires_at, None)
    assert world.store.refresh_tokens.rotate_plain(second) is None
    assert not world.store.refresh_tokens.rotate(second)
    assert world.events() == ["grant_started", "token_refreshed"]
    assert (ACCOUNT.id, SESSION) in world.subjects()
    successor = world.store.refresh_tokens.find(TENANT, first.successor_digest, LATER)
    assert successor is not None
    assert (successor.grant, successor.created_at) == (grant, LATER)
    assert (successor.expires_at, successor.used_at) == (token.expires_at, None)
    used = world.store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert used is not None
    assert (used.used_at, used.successor_sealed) == (LATER, b"sealed")


def test_a_grant_of_a_client_alone_may_be_plain(world: World) -> None:
    grant = a_grant(resources=(), account=None, session_id=None, sid=None)
    _, token = started(world.store, grant)

    found = world.store.refresh_tokens.rotate_plain(a_rotation(token))

    assert found is not None
    assert found.grant == grant


@pytest.mark.req("RT-03")
def test_what_is_not_plain_is_left_as_it_is(world: World) -> None:
    _, token = started(world.store, a_grant(resources=()))
    _, for_an_api = started(world.store, a_grant())
    rotations = (
        a_rotation(token, client_id=OTHER_CLIENT),
        a_rotation(token, tenant_id=OTHER_TENANT),
        a_rotation(token, digest=digest("guess")),
        a_rotation(token, now=token.expires_at),
        a_rotation(for_an_api),
    )

    found = [world.store.refresh_tokens.rotate_plain(rotation) for rotation in rotations]

    assert found == [None] * len(rotations)
    assert world.store.refresh_tokens.rotate(a_rotation(token))
    assert world.store.refresh_tokens.rotate(a_rotation(for_an_api))


@pytest.mark.req("RT-05")
@pytest.mark.parametrize("what", WAYS_TO_END)
@pytest.mark.parametrize("how", ["disabled", "not_before"])
def test_a_family_that_has_ended_is_not_plain(world: World, what: str, how: str) -> None:
    _, token = started(world.store, a_grant(resources=()))
    if how == "disabled":
        world.disable(what)
    else:
        world.forget_before(what, NOW + timedelta(milliseconds=1))

    assert world.store.refresh_tokens.rotate_plain(a_rotation(token)) is None

    assert world.events() == ["grant_started"]


@pytest.mark.parametrize("what", WAYS_TO_END)
def test_a_family_as_old_as_not_before_is_plain(world: World, what: str) -> None:
    _, token = started(world.store, a_grant(resources=()))

    world.forget_before(what, NOW)

    assert world.store.refresh_tokens.rotate_plain(a_rotation(token)) is not None


@pytest.mark.req("RT-01")
def test_a_revoked_family_is_not_plain(world: World) -> None:
    grant, token = started(world.store, a_grant(resources=()))

    world.store.grants.revoke(TENANT, grant.id, "replay", LATER, an_event("revoked"))

    assert world.store.refresh_tokens.rotate_plain(a_rotation(token)) is None


@pytest.mark.req("RT-05", "RT-11")
@pytest.mark.parametrize("offline", [False, True])
def test_only_an_offline_family_is_plain_after_its_session(world: World, offline: bool) -> None:
    _, token = started(world.store, a_grant(resources=(), offline=offline))

    world.end_session()

    found = world.store.refresh_tokens.rotate_plain(a_rotation(token))
    assert (found is not None) is offline
