"""Races that one statement decides, on SQLite and PostgreSQL, with threads and with processes."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from authwell.models.handles import handles
from authwell.models.keys import signing_keys
from authwell.models.tokens import refresh_tokens
from authwell.models.work import jobs
from authwell.protocol.records import (
    Authorization,
    Interaction,
    NewRefreshToken,
    PlainRedemption,
    Redemption,
)
from authwell.storage.clients.initial_access_tokens import InitialAccessToken, InitialAccessTokens
from authwell.storage.database import Database
from authwell.storage.keys import KeyRecord, SigningKeys
from authwell.storage.login.guards import AttemptGuards, Count, Subject
from authwell.storage.statements import Statement
from authwell.storage.store import SqlStore
from authwell.storage.work.jobs import Job, Jobs
from authwell.storage.work.leases import Leases
from authwell.utils.randomness import digest, new_id
from tests.races.runners import Race, processes, race
from tests.storage.worlds import (
    ACCOUNT,
    CLIENT,
    LATER,
    NOW,
    TENANT,
    a_code,
    a_grant,
    a_refresh_token,
    a_rotation,
    an_event,
)

__all__ = ["processes", "race"]

CODES = [f"code_{number}" for number in range(500)]
ROUNDS = 30


def count(database: Database, statement: Statement) -> int:
    row = database.one(statement, {})
    assert row is not None
    return int(row.number)


def redeem_all(database: Database, number: int, grant_id: str) -> list[str]:
    store = SqlStore(database)
    return [code for code in CODES if redeem(store, code, grant_id, at_once=number % 2 == 0)]


def redeem(store: SqlStore, code: str, grant_id: str, *, at_once: bool) -> bool:
    """Use a code up, found before or at once."""
    key, token = digest(code), a_refresh_token()
    if not at_once:
        use = Redemption(TENANT, CLIENT, key, grant_id, LATER, an_event(), token)
        return store.codes.redeem(use)
    known = a_code(a_grant())
    uri, challenge = known.redirect_uri or "", known.code_challenge or ""
    plain = PlainRedemption(TENANT, CLIENT, key, uri, challenge, LATER, an_event(), token.digest)
    return store.codes.redeem_plain(plain) is not None


@pytest.mark.req("CD-02", "ST-11")
def test_each_of_five_hundred_codes_is_redeemed_once(race: Race) -> None:
    database = Database(race.url)
    store = SqlStore(database)
    grant = a_grant()
    store.grants.start(grant, an_event())
    for code in CODES:
        part = a_grant(resources=())
        record = a_code(part, digest=digest(code))
        store.codes.issue(Authorization(part, record, an_event()))

    won = [code for winner in race.run(redeem_all, grant.id) for code in winner]

    tokens = Statement(select(func.count().label("number")).select_from(refresh_tokens))
    assert sorted(won) == sorted(CODES)
    assert count(database, tokens) == len(CODES)
    database.close()


def rotate_all(database: Database, number: int, grant_id: str, first: str) -> int:
    """Each round presents the token that all know; the winner's successor has a known name."""
    store = SqlStore(database)
    grant = a_grant(id=grant_id)
    wins = 0
    for step in range(ROUNDS):
        presented = NewRefreshToken(digest(f"{first}-{step}"), grant.expires_at)
        successor = digest(f"{first}-{step + 1}")
        wins += store.refresh_tokens.rotate(a_rotation(presented, successor_digest=successor))
    return wins


@pytest.mark.req("RT-02", "ST-11")
def test_a_family_has_one_live_chain(race: Race) -> None:
    database = Database(race.url)
    store = SqlStore(database)
    grant = a_grant()
    token = NewRefreshToken(digest("rt-0"), grant.expires_at)
    store.grants.start(grant, an_event(), token)

    wins = race.run(rotate_all, grant.id, "rt")

    live = Statement(
        select(func.count().label("number"))
        .select_from(refresh_tokens)
        .where(refresh_tokens.c.used_at.is_(None))
    )
    assert count(database, live) == 1
    assert sum(wins) <= ROUNDS
    found = store.refresh_tokens.find(TENANT, token.digest, LATER)
    assert found is not None
    assert found.used_at == LATER
    database.close()


def rotate_one(database: Database, number: int, value: str) -> bool:
    """Half of them find the token and use it up at once."""
    tokens = SqlStore(database).refresh_tokens
    rotation = a_rotation(NewRefreshToken(digest(value), NOW), successor_digest=digest(new_id()))
    return tokens.rotate(rotation) if number % 2 else tokens.rotate_plain(rotation) is not None


@pytest.mark.req("RT-02")
def test_a_refresh_token_is_used_once(race: Race) -> None:
    database = Database(race.url)
    grant = a_grant(resources=())
    token = NewRefreshToken(digest("rt"), grant.expires_at)
    SqlStore(database).grants.start(grant, an_event(), token)

    wins = race.run(rotate_one, "rt")

    assert sum(wins) == 1
    database.close()


def answer_interaction(database: Database, number: int, interaction: bytes) -> bool:
    grant = a_grant()
    authorization = Authorization(grant, a_code(grant), an_event(), interaction)
    return SqlStore(database).codes.issue(authorization)


def test_an_interaction_gives_one_code(race: Race) -> None:
    database = Database(race.url)
    store = SqlStore(database)
    end = NOW + timedelta(minutes=30)
    waiting = Interaction(digest("ia"), TENANT, CLIENT, digest("browser"), NOW, end)
    store.interactions.put(waiting)

    wins = race.run(answer_interaction, waiting.digest)

    codes = Statement(
        select(func.count().label("number")).select_from(handles).where(handles.c.kind == "code")
    )
    assert sum(wins) == 1
    assert count(database, codes) == 1
    database.close()


def add_key(database: Database, number: int) -> bool:
    key = KeyRecord(TENANT, new_id(), "RS256", "active", {"kty": "RSA"}, b"sealed", NOW)
    return SigningKeys(database).add(key, an_event("key_created"))


@pytest.mark.req("ST-10")
def test_workers_that_start_at_once_make_one_active_key(race: Race) -> None:
    added = race.run(add_key)

    database = Database(race.url)
    keys = Statement(select(func.count().label("number")).select_from(signing_keys))
    assert sum(added) == 1
    assert count(database, keys) == 1
    database.close()


def guess(database: Database, number: int) -> int:
    guards = AttemptGuards(database)
    minutes = timedelta(minutes=30)
    address = Subject(f"address/{number % 2}", None, 1000, minutes)
    account = Subject("password/alice", ACCOUNT.id, 5, minutes, 50)
    tries = [guards.count_both(TENANT, address, account, NOW) for _ in range(20)]
    return sum(isinstance(attempt, Count) for attempt in tries)


@pytest.mark.req("AU-05")
def test_parallel_guesses_do_not_pass_the_guard(race: Race) -> None:
    allowed = race.run(guess)

    assert sum(allowed) == 5


def guess_everywhere(database: Database, number: int) -> int:
    guards = AttemptGuards(database)
    address = Subject("address/one", None, 7, timedelta(minutes=30))
    return sum(isinstance(guards.count_both(TENANT, address, None, NOW), Count) for _ in range(20))


@pytest.mark.req("AU-03", "AU-05")
def test_parallel_guesses_do_not_pass_the_guard_of_an_address(race: Race) -> None:
    assert sum(race.run(guess_everywhere)) == 7


def take_lease(database: Database, number: int) -> bool:
    return Leases(database).take("chores", f"holder-{number}", timedelta(minutes=1), NOW)


def test_one_process_gets_a_lease(race: Race) -> None:
    assert sum(race.run(take_lease)) == 1


def claim_jobs(database: Database, number: int) -> list[str]:
    queue, names = Jobs(database), []
    while claimed := queue.claim(NOW, limit=3):
        names += [job.name for job in claimed if queue.finish(job, NOW)]
    return names


def test_each_job_is_claimed_once(race: Race) -> None:
    database = Database(race.url)
    for number in range(60):
        Jobs(database).add(Job(str(number), {}, NOW))

    claimed = [name for names in race.run(claim_jobs) for name in names]

    open_jobs = Statement(
        select(func.count().label("number")).select_from(jobs).where(jobs.c.done_at.is_(None))
    )
    assert sorted(claimed, key=int) == [str(number) for number in range(60)]
    assert count(database, open_jobs) == 0
    database.close()


INITIAL = "iat_of-the-race"


def use_initial_access_token(database: Database, number: int) -> int:
    tokens = InitialAccessTokens(database, TENANT)
    return sum(tokens.use(digest(INITIAL), LATER) for _ in range(ROUNDS))


@pytest.mark.req("DR-01")
def test_an_initial_access_token_is_used_as_often_as_it_says(race: Race) -> None:
    uses = 37
    token = InitialAccessToken(
        id=new_id(NOW),
        digest=digest(INITIAL),
        description="",
        created_by="test",
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
        uses=uses,
        uses_left=uses,
    )
    InitialAccessTokens(Database(race.url), TENANT).add(token, an_event())

    assert sum(race.run(use_initial_access_token)) == uses
