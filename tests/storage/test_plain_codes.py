"""Codes that are found, proven and used up at once (RFC 6749 section 4.1.3), on each storage."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from authwell.protocol.records import Authorization, PlainRedemption
from authwell.storage.tokens.codes import MAX_FAILED_ATTEMPTS
from authwell.utils.randomness import digest, new_secret
from tests.storage.worlds import (
    ACCOUNT,
    LATER,
    NOW,
    OTHER_CLIENT,
    OTHER_TENANT,
    SESSION,
    TENANT,
    WAYS_TO_END,
    Issued,
    World,
    a_code,
    a_grant,
    a_redemption,
    an_event,
    issue,
)


def plain(world: World, **changes: Any) -> Issued:
    """A code whose grant names no resources."""
    return issue(world.store, a_grant(**{"resources": (), **changes}))


def a_plain_redemption(issued: Issued, **changes: Any) -> PlainRedemption:
    """Its use with all that belongs to it."""
    redemption = PlainRedemption(
        tenant_id=TENANT,
        client_id=issued.code.client_id,
        code_digest=issued.code.digest,
        redirect_uri=issued.code.redirect_uri or "",
        code_challenge=issued.code.code_challenge or "",
        now=LATER,
        event=an_event("code_redeemed"),
        refresh_digest=digest(new_secret("rt")),
    )
    return replace(redemption, **changes)


@pytest.mark.req("CD-01", "ST-11")
def test_a_plain_code_is_found_and_redeemed_once(world: World) -> None:
    issued = plain(world)
    first, second = a_plain_redemption(issued), a_plain_redemption(issued)

    found = world.store.codes.redeem_plain(first)

    assert found == issued.code
    assert world.store.codes.redeem_plain(second) is None
    assert not world.store.codes.redeem(a_redemption(issued))
    assert world.events() == ["code_issued", "code_redeemed"]
    assert (ACCOUNT.id, SESSION) in world.subjects()
    used = world.store.codes.find(TENANT, issued.code.digest, LATER)
    assert used is not None
    assert used.consumed_at == LATER
    assert first.refresh_digest is not None
    token = world.store.refresh_tokens.find(TENANT, first.refresh_digest, LATER)
    assert token is not None
    assert (token.grant, token.client_id) == (issued.grant, issued.grant.client_id)
    assert (token.created_at, token.expires_at) == (LATER, issued.grant.expires_at)


def test_a_plain_code_may_give_no_refresh_token(world: World) -> None:
    issued = plain(world)

    found = world.store.codes.redeem_plain(a_plain_redemption(issued, refresh_digest=None))

    assert found == issued.code


@pytest.mark.req("CD-02", "PK-01")
@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": OTHER_CLIENT},
        {"tenant_id": OTHER_TENANT},
        {"code_digest": digest("guess")},
        {"redirect_uri": "https://app.example/cb2"},
        {"redirect_uri": "\x00\ud800"},
        {"code_challenge": "another"},
        {"now": NOW + timedelta(seconds=60)},
    ],
)
def test_what_does_not_belong_to_a_code_leaves_it_as_it_is(
    world: World, changes: dict[str, Any]
) -> None:
    issued = plain(world)

    assert world.store.codes.redeem_plain(a_plain_redemption(issued, **changes)) is None

    assert world.events() == ["code_issued"]
    assert world.store.codes.redeem_plain(a_plain_redemption(issued)) == issued.code


def test_a_code_for_resources_is_not_plain(world: World) -> None:
    issued = issue(world.store)

    assert world.store.codes.redeem_plain(a_plain_redemption(issued)) is None

    assert world.store.codes.redeem(a_redemption(issued))


@pytest.mark.parametrize("missing", ["redirect_uri", "code_challenge"])
def test_a_code_without_its_proofs_is_not_plain(world: World, missing: str) -> None:
    grant = a_grant(resources=())
    code = a_code(grant, **{missing: None})
    world.store.codes.issue(Authorization(grant, code, an_event("code_issued")))

    redemption = a_plain_redemption(Issued(grant, code))

    assert world.store.codes.redeem_plain(redemption) is None


@pytest.mark.parametrize("what", WAYS_TO_END)
@pytest.mark.parametrize("how", ["disabled", "not_before"])
def test_a_code_of_a_grant_that_has_ended_is_not_plain(world: World, what: str, how: str) -> None:
    issued = plain(world)
    if how == "disabled":
        world.disable(what)
    else:
        world.forget_before(what, NOW + timedelta(milliseconds=1))

    assert world.store.codes.redeem_plain(a_plain_redemption(issued)) is None


def test_a_code_of_an_ended_session_is_not_plain(world: World) -> None:
    issued = plain(world)

    world.end_session()

    assert world.store.codes.redeem_plain(a_plain_redemption(issued)) is None


def test_a_code_that_failed_too_often_is_not_plain(world: World) -> None:
    issued = plain(world)

    for _ in range(MAX_FAILED_ATTEMPTS):
        world.store.codes.count_failure(TENANT, issued.code.digest, LATER)

    assert world.store.codes.redeem_plain(a_plain_redemption(issued)) is None


def test_a_nonce_of_a_stranger_disturbs_no_plain_code(world: World) -> None:
    grant = a_grant(resources=())
    code = a_code(grant, nonce="\x00' \U0001f600")
    world.store.codes.issue(Authorization(grant, code, an_event("code_issued")))

    assert world.store.codes.redeem_plain(a_plain_redemption(Issued(grant, code))) == code
