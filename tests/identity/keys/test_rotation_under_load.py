"""OpenID Connect Core section 10.1.1: whoever caches the JWKS for its max-age verifies every token.

Time is a number here: thousands of tokens of many hours, at processes that read the keys when
they like, for clients that never ask for the JWKS before their copy is too old.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

import orjson
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from authwell.config.settings import load_settings
from authwell.identity.keys.calendar import LONGEST_TOKEN_LIFE, Calendar
from authwell.identity.keys.keeper import KeyKeeper, NotRotated
from authwell.identity.tenants.defaults import ensure_default_tenant, policy_defaults
from authwell.ops.tasks import CALENDAR_EVERY
from authwell.protocol.jose.keys import KeyRing
from authwell.protocol.jose.signing import sign
from authwell.storage.database import Database
from authwell.storage.keys import SigningKeys
from authwell.storage.snapshots import Snapshots
from authwell.utils.sealing import Sealer
from tests.conftest import NewDatabase
from tests.identity.conftest import DEVELOPMENT

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAX_AGE = timedelta(minutes=1)
SEALER = Sealer(b"k" * 32)
SETTINGS = load_settings(DEVELOPMENT)


@dataclass
class Clock:
    """The time of everybody."""

    passed: float = 0

    @property
    def now(self) -> datetime:
        """The date."""
        return START + timedelta(seconds=self.passed)

    def __call__(self) -> float:
        """Seconds, as `time.monotonic` gives them."""
        return self.passed


@dataclass
class RelyingParty:
    """It keeps a JWKS for its max-age, whatever it meets meanwhile."""

    kept: KeySet | None = None
    fetched_at: datetime = START

    def accepts(self, token: str, now: datetime, published: KeyRing) -> bool:
        """Verify a token."""
        if self.kept is None or now - self.fetched_at >= MAX_AGE:
            self.kept, self.fetched_at = KeySet.import_key_set(orjson.loads(published.jwks)), now
        try:
            jwt.decode(token, self.kept, algorithms=["ES256"])
        except (ValueError, JoseError):
            return False
        return True


@dataclass
class Issuer:
    """Processes of one issuer on one database, and who changes its keys."""

    tenant_id: str
    keeper: KeyKeeper
    processes: list[Snapshots]
    clock: Clock

    def keys(self, number: int) -> KeyRing:
        """The keys as one process knows them."""
        return self.processes[number].current()[0].keys

    def rotate(self) -> None:
        """What an operator may do at any time."""
        with suppress(NotRotated):
            self.keeper.rotate(self.tenant_id, "ES256", self.clock.now)

    def follow_calendar(self) -> None:
        """What the periodic task does."""
        self.keeper.follow_calendar(self.tenant_id, self.clock.now)


@pytest.fixture
def issuer(new_database: NewDatabase) -> Iterator[Issuer]:
    """Three processes, each with its own connections and its own snapshot."""
    clock = Clock()
    url = new_database("sqlite")
    with ExitStack() as stack:
        databases = [Database(url) for _ in range(3)]
        for database in databases:
            stack.callback(database.close)
        tenant = ensure_default_tenant(databases[0], SETTINGS, START)
        calendar = Calendar(timedelta(hours=30), MAX_AGE)
        keeper = KeyKeeper(SigningKeys(databases[0]), SEALER, calendar)
        keeper.ensure(tenant.id, ["ES256"], START)
        processes = [
            Snapshots(database, SEALER, policy_defaults(SETTINGS), monotonic=clock)
            for database in databases
        ]
        yield Issuer(tenant.id, keeper, processes, clock)


@dataclass(frozen=True)
class Load:
    """So many tokens, one after the other, each for some time."""

    tokens: int
    shortest: float
    longest: float
    """Seconds from one to the next."""
    life: timedelta
    parties: int


DAYS = Load(5_000, 61, 62, LONGEST_TOKEN_LIFE, parties=2)
MINUTES = Load(4_000, 0.1, 0.95, timedelta(minutes=20), parties=6)


def failures(issuer: Issuer, load: Load, change: Callable[[], None]) -> int:
    """How many verifications fail: of each token when it is issued, and at the end of its life."""
    chance = Random(2)  # noqa: S311 - a run that fails without key_calendar.SPREAD
    alive: list[tuple[datetime, str]] = []
    parties: list[RelyingParty] = []
    failed = 0
    for _ in range(load.tokens):
        now, step = issuer.clock.now, chance.uniform(load.shortest, load.longest)
        change()
        # Each process is asked now and then, so that their snapshots are of any age.
        asked = [issuer.keys(process) for process in chance.sample(range(3), k=2)]
        key = chance.choice(asked).signing("ES256")
        assert key is not None
        alive.append((now + load.life - timedelta(seconds=load.longest), sign({}, key, None)))
        old = []
        while alive and alive[0][0] <= now:
            old.append(alive.pop(0)[1])
        if len(parties) < load.parties:
            parties.append(RelyingParty())
        for token in (alive[-1][1], *old):
            for party in parties:
                failed += not party.accepts(token, now, chance.choice(asked))
        issuer.clock.passed += step
    return failed


def generations(issuer: Issuer) -> int:
    """How many keys have signed."""
    return sum(key.activated_at is not None for key in issuer.keeper.keys.list(issuer.tenant_id))


@pytest.mark.req("DC-04", "1.8")
def test_the_calendar_breaks_no_client_that_caches(issuer: Issuer) -> None:
    every = iter(range(0, 10**9, int(CALENDAR_EVERY.total_seconds())))
    due = next(every)

    def calendar() -> None:
        nonlocal due
        if issuer.clock.passed >= due:
            issuer.follow_calendar()
            due = next(n for n in every if n > issuer.clock.passed)

    failed = failures(issuer, DAYS, calendar)

    assert failed == 0
    assert generations(issuer) == 3
    assert {key.state for key in issuer.keeper.keys.list(issuer.tenant_id)} >= {"next", "retired"}


@pytest.mark.req("DC-04", "1.8")
def test_an_operator_in_a_hurry_breaks_no_client_that_caches(issuer: Issuer) -> None:
    failed = failures(issuer, MINUTES, issuer.rotate)

    assert failed == 0
    assert generations(issuer) > 10


def test_without_the_wait_they_would_fail(issuer: Issuer) -> None:
    keeper = issuer.keeper
    hasty = replace(keeper, calendar=replace(keeper.calendar, jwks_max_age=timedelta(0)))

    failed = failures(issuer, replace(MINUTES, tokens=200), replace(issuer, keeper=hasty).rotate)

    assert failed > 0
