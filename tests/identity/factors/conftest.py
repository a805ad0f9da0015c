"""People with second factors."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from authwell.identity.factors.levels import ANYTHING, Wanted
from authwell.identity.factors.second_factors import Added, SecondFactors
from authwell.identity.factors.totp import PERIOD, Setup
from authwell.identity.login.entrance import Entered, Entrance, Entry, Shown
from authwell.identity.mail.letters import Letter, Letters
from authwell.models.work import outbox
from authwell.protocol.model import Account, Session
from authwell.protocol.policy import Policy
from authwell.protocol.server import AuthorizationServer
from authwell.storage.statements import Statement
from authwell.storage.work.outbox import Entry as OutboxEntry
from authwell.utils.sealing import Sealer
from tests.identity.conftest import NOW, People, people

__all__ = ["people"]

STEP = timedelta(seconds=PERIOD)


@dataclass
class Here:
    """A tenant with its people, and what they prove themselves with."""

    people: People

    @property
    def sealer(self) -> Sealer:
        """That of the settings."""
        return Sealer(self.people.settings.key_encryption_key)

    @property
    def factors(self) -> SecondFactors:
        """What is tested."""
        letters = Letters(self.sealer)
        return SecondFactors(self.people.database, self.sealer, letters, self.people.settings)

    @property
    def entrance(self) -> Entrance:
        """What decides whether it is enough."""
        return Entrance(self.people.database, self.people.sessions, self.people.suspicion)

    def at(self, offset: timedelta = timedelta(0)) -> AuthorizationServer:
        """The server some time after the start."""
        return self.people.at(offset)

    def demanding(self, **members: object) -> AuthorizationServer:
        """The server with another policy."""
        tenant = self.people.server.tenant
        policy: Policy = replace(tenant.policy, **members)  # type: ignore[arg-type]
        return replace(self.people.server, tenant=replace(tenant, policies={"oauth21": policy}))

    def enrol(self, account: Account) -> "App":
        """Give the account an app; its code of two steps ago confirmed it."""
        early = self.at(-2 * STEP)
        setup = self.factors.start_totp(early, account)
        assert isinstance(setup, Setup)
        app = App(setup)
        added = self.factors.confirm_totp(early, account, app.code(early.now))
        assert isinstance(added, Added)
        app.backup_codes = added.backup_codes
        return app

    def enter(
        self,
        account: Account,
        *methods: str,
        wanted: Wanted = ANYTHING,
        present: Session | None = None,
        server: AuthorizationServer | None = None,
        browser: str | None = None,
    ) -> Entry:
        """What the entrance says to these methods, shown just now."""
        there = server or self.people.server
        shown = Shown(account, dict.fromkeys(methods, there.now), present, browser)
        return self.entrance.enter(there, shown, wanted)

    def entered(self, account: Account, *methods: str, present: Session | None = None) -> Entered:
        """The session of somebody who needed no more."""
        entry = self.enter(account, *methods, present=present)
        assert isinstance(entry, Entered)
        return entry

    def letters(self) -> list[Letter]:
        """What was written to people, the oldest first."""
        rows = self.people.database.all(
            Statement(select(outbox).where(outbox.c.kind == "mail").order_by(outbox.c.id)), {}
        )
        letters = Letters(self.sealer)
        return [
            letters.open(OutboxEntry(row.tenant_id, row.kind, row.payload, NOW)) for row in rows
        ]


@dataclass
class App:
    """An authenticator app."""

    setup: Setup
    backup_codes: tuple[str, ...] = ()

    def code(self, at: datetime) -> str:
        """What it shows."""
        return pyotp.TOTP(self.setup.secret.replace(" ", "")).at(at)


@pytest.fixture
def here(people: People) -> Here:
    """An empty tenant, once on each kind of database."""
    return Here(people)
