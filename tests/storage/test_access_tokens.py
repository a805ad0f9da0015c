"""The port `AccessTokens`: opaque ones, and what is known of signed ones, on each storage."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from authwell.protocol.records import AccessRecord, NewAccessToken, Standing
from authwell.storage.database import Database
from authwell.utils.randomness import digest, new_id
from tests.storage.worlds import (
    CLIENT,
    LATER,
    NOW,
    OTHER_CLIENT,
    OTHER_TENANT,
    TENANT,
    WAYS_TO_END,
    SqlWorld,
    World,
    a_grant,
    an_event,
    started,
)

EXPIRES_AT = NOW + timedelta(hours=1)
TOKEN = NewAccessToken(
    digest=digest("opaque"),
    client_id=CLIENT,
    grant_id=None,
    scope=frozenset({"read", "write"}),
    audience=("https://api.example", "https://default.example"),
    created_at=NOW,
    expires_at=EXPIRES_AT,
)


def standing(world: World, grant_id: str | None, jti: str = "jti", **changes: Any) -> Standing:
    arguments: dict[str, Any] = {
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "issued_at": NOW,
        "now": LATER,
    }
    return world.store.access_tokens.standing(grant_id=grant_id, jti=jti, **arguments | changes)


def test_an_opaque_token_of_a_service_is_found(world: World) -> None:
    world.store.access_tokens.issue(TENANT, TOKEN)

    found = world.store.access_tokens.find(TENANT, TOKEN.digest, LATER)

    assert found == AccessRecord(
        digest=TOKEN.digest,
        client_id=CLIENT,
        grant=None,
        scope=TOKEN.scope,
        audience=TOKEN.audience,
        created_at=NOW,
        expires_at=EXPIRES_AT,
    )
    assert world.store.access_tokens.find(OTHER_TENANT, TOKEN.digest, LATER) is None


@pytest.mark.parametrize(
    ("at", "ended"), [(EXPIRES_AT - timedelta(microseconds=1), None), (EXPIRES_AT, "token_expired")]
)
def test_an_opaque_token_ends_when_it_expires(
    world: World, at: datetime, ended: str | None
) -> None:
    world.store.access_tokens.issue(TENANT, TOKEN)

    found = world.store.access_tokens.find(TENANT, TOKEN.digest, at)

    assert found is not None
    assert found.ended == ended


@pytest.mark.parametrize("what", ["tenant", "client"])
def test_an_opaque_token_ends_with(world: World, what: str) -> None:
    world.store.access_tokens.issue(TENANT, TOKEN)

    world.disable(what)

    found = world.store.access_tokens.find(TENANT, TOKEN.digest, LATER)
    assert found is not None
    assert found.ended == WAYS_TO_END[what]


@pytest.mark.parametrize("what", ["tenant", "client"])
def test_an_opaque_token_issued_before_not_before_has_ended(world: World, what: str) -> None:
    world.store.access_tokens.issue(TENANT, TOKEN)

    world.forget_before(what, NOW + timedelta(milliseconds=1))

    found = world.store.access_tokens.find(TENANT, TOKEN.digest, LATER)
    assert found is not None
    assert found.ended == f"{what}_not_before"


def test_an_opaque_token_tells_that_its_account_was_disabled(world: World) -> None:
    grant = a_grant()
    world.store.grants.start(grant, an_event(), access_token=replace(TOKEN, grant_id=grant.id))

    world.disable("account")

    found = world.store.access_tokens.find(TENANT, TOKEN.digest, LATER)
    assert found is not None
    assert found.ended is None
    assert found.grant == replace(grant, ended="account_disabled")


def test_a_revoked_opaque_token_has_ended(world: World) -> None:
    world.store.access_tokens.issue(TENANT, TOKEN)

    world.store.access_tokens.revoke(OTHER_TENANT, TOKEN.digest, LATER, an_event("foreign"))
    world.store.access_tokens.revoke(TENANT, TOKEN.digest, LATER, an_event("revoked"))
    world.store.access_tokens.revoke(TENANT, TOKEN.digest, LATER, an_event("again"))
    world.store.access_tokens.revoke(TENANT, digest("unknown"), LATER, an_event("unknown"))

    found = world.store.access_tokens.find(TENANT, TOKEN.digest, LATER)
    assert found is not None
    assert found.ended == "token_revoked"
    assert world.events() == ["revoked"]


def test_a_signed_token_stands_with_its_grant(world: World) -> None:
    grant, _ = started(world.store)

    assert standing(world, grant.id) == Standing(grant=grant, ended=None)


def test_a_signed_token_falls_with_its_grant(world: World) -> None:
    grant, _ = started(world.store)

    world.store.grants.revoke(TENANT, grant.id, "asked", LATER, an_event())

    assert standing(world, grant.id).ended == "grant_revoked"


@pytest.mark.parametrize("changes", [{"tenant_id": OTHER_TENANT}, {"client_id": OTHER_CLIENT}])
def test_a_grant_stands_only_for_its_tenant_and_client(
    world: World, changes: dict[str, Any]
) -> None:
    grant, _ = started(world.store)

    assert standing(world, grant.id, **changes) == Standing(grant=None, ended="grant_unknown")


@pytest.mark.parametrize(("what", "reason"), WAYS_TO_END.items())
def test_a_signed_token_ends_with(world: World, what: str, reason: str) -> None:
    grant, _ = started(world.store)

    world.disable(what)

    assert standing(world, grant.id).ended == reason


def test_a_signed_token_ends_with_the_session(world: World) -> None:
    grant, _ = started(world.store)

    world.end_session()

    assert standing(world, grant.id).ended == "session_ended"


def test_a_denied_token_has_ended_and_others_have_not(world: World) -> None:
    grant, _ = started(world.store)
    jti = new_id(NOW)

    world.store.access_tokens.deny(TENANT, jti, EXPIRES_AT, an_event("denied"))
    world.store.access_tokens.deny(TENANT, jti, EXPIRES_AT, an_event("denied again"))

    assert standing(world, grant.id, jti).ended == "token_revoked"
    assert standing(world, None, jti).ended == "token_revoked"
    assert standing(world, grant.id).ended is None
    assert standing(world, None, jti, tenant_id=OTHER_TENANT).ended is None
    assert world.events() == ["grant_started", "denied"]


def test_a_signed_token_without_grant_stands_with_its_client(world: World) -> None:
    assert standing(world, None) == Standing(grant=None, ended=None)


@pytest.mark.parametrize("what", ["tenant", "client"])
def test_a_signed_token_without_grant_ends_with(world: World, what: str) -> None:
    world.disable(what)

    assert standing(world, None).ended == WAYS_TO_END[what]


@pytest.mark.parametrize("what", ["tenant", "client"])
def test_a_signed_token_issued_before_not_before_has_ended(world: World, what: str) -> None:
    world.forget_before(what, NOW)

    before = standing(world, None, issued_at=NOW - timedelta(milliseconds=1))
    after = standing(world, None, issued_at=NOW)

    assert before.ended == f"{what}_not_before"
    assert after.ended is None


def test_a_signed_token_is_not_that_of_a_later_client_of_the_same_id(database: Database) -> None:
    world = SqlWorld(database)

    before = standing(world, None, issued_at=NOW - timedelta(seconds=1))
    at_once = standing(world, None, issued_at=NOW.replace(microsecond=123000))

    assert before.ended == "client_unknown"
    assert at_once.ended is None
