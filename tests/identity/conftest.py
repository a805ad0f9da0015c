"""People in a database, and the server that they log in at."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from authwell.config.settings import Settings, load_settings
from authwell.identity.login.guard import Guard
from authwell.identity.login.password import Login
from authwell.identity.login.suspicion.logins import Suspicion
from authwell.identity.mail.letters import Letters
from authwell.identity.passwords.hashing import Hasher, Passwords
from authwell.identity.people.names import canonical_email, canonical_username
from authwell.identity.sessions.devices import Devices
from authwell.identity.sessions.locations import NETWORKS_ONLY
from authwell.identity.sessions.service import Sessions
from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.guards import attempt_guards
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.database import Database
from authwell.storage.login.credentials import Credentials
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.statements import Statement
from authwell.storage.store import SqlStore
from authwell.utils.randomness import new_id
from authwell.utils.sealing import Sealer
from tests.conftest import NewDatabase
from tests.protocol.conftest import make_world
from tests.storage.worlds import TENANT, an_event, populate

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PASSWORD = "Correct-Horse-7-Battery"
DEVELOPMENT = {
    "ENVIRONMENT": "development",
    "DATABASE_URL": "sqlite:///unused.sqlite3",
    "SECRET_KEY": "0123456789abcdef" * 4,
}
HASH = Hasher("argon2").hash(PASSWORD)


class CountingHasher(Hasher):
    """Knows how many passwords were compared, which is what costs time."""

    def __init__(self, scheme: str) -> None:
        super().__init__(scheme)
        self.compared = 0
        self.hits = 0

    def matches(self, password: str, kept: str | None) -> bool:
        """Compare and count."""
        same = super().matches(password, kept)
        self.compared += 1
        self.hits += same
        return same


@dataclass
class People:
    """A tenant's accounts, login and sessions at a moment that the test sets."""

    database: Database
    server: AuthorizationServer
    settings: Settings
    passwords: Passwords
    hasher: CountingHasher

    @property
    def login(self) -> Login:
        """Login with the present settings."""
        return Login(self.database, self.passwords, self.guard)

    @property
    def guard(self) -> Guard:
        """The guard with the present settings."""
        return Guard(self.database, self.settings)

    @property
    def sessions(self) -> Sessions:
        """Sessions with the present settings."""
        return Sessions(self.database, self.settings)

    def at(self, offset: timedelta = timedelta(0)) -> AuthorizationServer:
        """The server at a moment after the start."""
        return replace(self.server, now=NOW + offset)

    @property
    def devices(self) -> Devices:
        """The browsers that are known."""
        return Devices(self.database)

    @property
    def suspicion(self) -> Suspicion:
        """What judges logins, without a GeoIP file."""
        return Suspicion(self.database, Letters(Sealer(b"k" * 32)), NETWORKS_ONLY)

    def add(self, username: str, *, secret: str | None = HASH, **members: Any) -> Account:
        """A new account."""
        email = members.pop("email", f"{username}@people.example")
        record = AccountRecord(
            id=new_id(),
            tenant_id=self.server.tenant.id,
            username=username,
            username_canonical=canonical_username(username),
            email=email,
            email_canonical=canonical_email(email),
            created_at=NOW,
            updated_at=NOW,
            **members,
        )
        Accounts(self.database).add(record, an_event())
        if secret is not None:
            Credentials(self.database).set_password(
                record.tenant_id, record.id, secret, an_event("password.set")
            )
        return record.account

    def change(self, account: Account, **values: Any) -> None:
        """Write columns of an account."""
        statement = update(accounts).where(accounts.c.id == account.id).values(values)
        self.database.write(Statement(statement), {})

    def failures(self, account: Account, kind: str = "password") -> int:
        """What the guard has counted."""
        counted = attempt_guards.c
        statement = select(counted.failures).where(counted.subject == f"{kind}/{account.id}")
        row = self.database.one(Statement(statement), {})
        return row.failures if row is not None else 0

    def events(self, account: Account) -> list[tuple[str, dict[str, Any]]]:
        """The audit events of an account: type and data."""
        statement = (
            select(audit_events.c.type, audit_events.c.data)
            .where(audit_events.c.account_id == account.id)
            .order_by(audit_events.c.id)
        )
        return [(row.type, row.data) for row in self.database.all(Statement(statement), {})]

    def password_hash(self, account: Account) -> str | None:
        """What is kept of the account's password."""
        return Credentials(self.database).find_password(self.server.tenant.id, account.id)

    def record(self, account: Account) -> AccountRecord:
        """The account's row."""
        found = Accounts(self.database).find(self.server.tenant.id, account.id)
        assert found is not None
        return found


@pytest.fixture(params=["sqlite", "postgresql"])
def people(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[People]:
    """An empty tenant, once on each kind of database."""
    database = Database(new_database(request.param))
    populate(database)
    world = make_world()
    server = replace(
        world.server,
        tenant=replace(world.server.tenant, id=TENANT),
        store=SqlStore(database),
        now=NOW,
        caller=Caller(request_id="r-1", address="192.0.2.1", user_agent="Test"),
    )
    passwords = Passwords(2, wait=timedelta(seconds=30), busy=50)
    hasher = CountingHasher("argon2")
    passwords._hasher = hasher
    settings = load_settings(DEVELOPMENT)
    yield People(database, server, settings, passwords, hasher)
    database.close()
