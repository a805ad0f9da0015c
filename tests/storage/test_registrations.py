"""Registrations in a database: what decides a race, and what the clean-up takes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from authwell.models.audit import audit_events
from authwell.models.tenants import config_stamps
from authwell.storage.cleanup import CleanUp
from authwell.storage.clients.initial_access_tokens import InitialAccessToken, InitialAccessTokens
from authwell.storage.clients.registrations import NewRegistration, Registrations, Replacement
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import ClientRecord
from authwell.storage.configuration.statements import ADD_STAMP
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.statements import Statement
from authwell.storage.store import SqlStore
from authwell.utils.randomness import digest, new_id
from tests.storage.worlds import NOW, TENANT, a_grant, an_event, issue

STAMP = Statement(select(config_stamps).where(config_stamps.c.tenant_id == TENANT))
EXPIRED = Statement(select(audit_events.c.client_id).where(audit_events.c.type == "client.expired"))
DAY = timedelta(days=1)
METADATA = {"client_id": "self", "redirect_uris": ["https://app.example/cb"]}


@pytest.fixture(autouse=True)
def has_a_stamp(database: Database) -> None:
    database.write(ADD_STAMP, {"tenant_id": TENANT, "now": NOW})


def a_client(client_id: str = "self") -> ClientRecord:
    return ClientRecord(client_id, {**METADATA, "client_id": client_id}, NOW, NOW)


def a_registration(client_id: str = "self", **changes: object) -> NewRegistration:
    made = NewRegistration(
        tenant_id=TENANT,
        client=a_client(client_id),
        origin="open",
        token_digest=digest(client_id),
        event=an_event("client.registered"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_token(uses: int = 1) -> InitialAccessToken:
    return InitialAccessToken(
        id=new_id(NOW),
        digest=digest("iat"),
        description="for a test",
        created_by="test",
        created_at=NOW,
        expires_at=NOW + DAY,
        uses=uses,
        uses_left=uses,
    )


def a_replacement(database: Database, token: str = "self", **changes: object) -> Replacement:
    seen = Configuration(database).find_client(TENANT, "self")
    assert seen is not None
    made = Replacement(
        tenant_id=TENANT,
        seen=seen,
        metadata={**METADATA, "client_name": "New"},
        secrets=None,
        token_digest=digest(token),
        new_digest=digest("next"),
        event=an_event("client.updated"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def stamp(database: Database) -> int:
    row = database.one(STAMP, {})
    assert row is not None
    return int(row.stamp)


def test_a_token_registers_as_often_as_it_says(database: Database) -> None:
    tokens = InitialAccessTokens(database, TENANT)
    token = a_token(uses=2)
    tokens.add(token, an_event("registration_token.created"))

    used = [tokens.use(token.digest, NOW) for _ in range(3)]

    assert used == [True, True, False]
    assert tokens.find(token.digest, NOW) is None
    assert tokens.list()[0].uses_left == 0


@pytest.mark.parametrize("how", ["expired", "revoked", "elsewhere"])
def test_a_token_that_has_ended_registers_nobody(database: Database, how: str) -> None:
    tokens, token = InitialAccessTokens(database, TENANT), a_token()
    tokens.add(token, an_event("registration_token.created"))
    now, used = NOW, (token.id, token.digest)
    if how == "expired":
        now = NOW + DAY
    if how == "revoked":
        assert tokens.revoke(token.id, NOW, an_event("registration_token.revoked"))
    if how == "elsewhere":
        tokens.use(token.digest, NOW)

    new = a_registration(origin="initial_access_token", initial_access_token=used)
    outcome = Registrations(database).add(new, now, most_unused=10)

    assert outcome == "token_used_up"
    assert Configuration(database).find_client(TENANT, "self") is None


def test_unused_clients_have_a_bound(database: Database) -> None:
    registrations = Registrations(database)
    names = ["a", "b", "c"]

    outcomes = [registrations.add(a_registration(n), NOW, most_unused=2) for n in names]

    assert outcomes == ["added", "added", "full"]


def test_a_new_client_tells_who_registered_it(database: Database) -> None:
    Registrations(database).add(a_registration(), NOW, most_unused=10)

    found = Configuration(database).find_client(TENANT, "self")

    assert found is not None
    assert (found.registered_by, found.used_at) == ("open", None)


def test_a_change_is_decided_by_the_token(database: Database) -> None:
    registrations = Registrations(database)
    registrations.add(a_registration(), NOW, most_unused=10)
    before = stamp(database)

    first = registrations.replace(a_replacement(database), NOW)
    second = registrations.replace(a_replacement(database), NOW)

    assert (first, second) == (True, False)
    assert registrations.find(TENANT, "self", digest("self")) is None
    assert registrations.find(TENANT, "self", digest("next")) is not None
    assert stamp(database) > before


def test_a_change_does_not_overrule_an_administrator(database: Database) -> None:
    registrations = Registrations(database)
    registrations.add(a_registration(), NOW, most_unused=10)
    planned = a_replacement(database)
    with Configuration(database).edit(TENANT, NOW + DAY) as edit:
        edit.put_client(replace(planned.seen, status="disabled"))

    with pytest.raises(Conflict):
        registrations.replace(planned, NOW)

    found = registrations.find(TENANT, "self", digest("self"))
    assert found is not None
    assert found.client.status == "disabled"
    assert "client_name" not in found.client.metadata


def test_a_client_ends_by_its_own_token_only(database: Database) -> None:
    registrations = Registrations(database)
    registrations.add(a_registration(), NOW, most_unused=10)
    event = an_event("client.deleted")

    foreign = registrations.end(TENANT, "self", digest("other"), NOW, event)
    own = registrations.end(TENANT, "self", digest("self"), NOW, replace(event, id=new_id(NOW)))

    assert (foreign, own) == (False, True)
    assert Configuration(database).find_client(TENANT, "self") is None


@pytest.mark.req("DR-01")
def test_the_clean_up_takes_open_clients_that_nobody_used(database: Database) -> None:
    registrations = Registrations(database)
    registrations.add(a_registration("unused"), NOW, most_unused=10)
    registrations.add(a_registration("new"), NOW + 2 * DAY, most_unused=10)
    token = a_token()
    InitialAccessTokens(database, TENANT).add(token, an_event("registration_token.created"))
    invited = a_registration(
        "invited", origin="initial_access_token", initial_access_token=(token.id, token.digest)
    )
    registrations.add(invited, NOW, most_unused=10)
    before = stamp(database)

    CleanUp(database, unused=3 * DAY).run(NOW + 3 * DAY)

    configuration = Configuration(database)
    left = [
        name for name in ("unused", "new", "invited") if configuration.find_client(TENANT, name)
    ]
    assert left == ["new", "invited"]
    assert [row.client_id for row in database.all(EXPIRED, {})] == ["unused"]
    assert stamp(database) > before
    assert InitialAccessTokens(database, TENANT).list() == ()


def test_a_client_with_a_grant_is_used_and_stays(database: Database) -> None:
    Registrations(database).add(a_registration(), NOW, most_unused=10)
    grant = a_grant(client_id="self", session_id=None, sid=None)
    issue(SqlStore(database), grant)

    CleanUp(database, unused=3 * DAY).run(NOW + timedelta(minutes=1))
    CleanUp(database, unused=3 * DAY).run(NOW + 30 * DAY)

    found = Configuration(database).find_client(TENANT, "self")
    assert found is not None
    assert found.used_at == NOW + timedelta(minutes=1)
