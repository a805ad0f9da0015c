"""The services of a server on a database of its own, at a time that the test sets."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from authwell.config.settings import load_settings
from authwell.identity.login.password import LoginFailed
from authwell.identity.people.enrolment import Applicant, AwaitsVerification, Registered
from authwell.identity.people.verification import Opener, Origin
from authwell.middleware.context import Site
from authwell.middleware.site import make_site
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.people.accounts import AccountRecord, Accounts
from tests.support.letters import take_letters

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
GOOD = "Correct-Horse-7-Battery"
BETTER = "Staple-Of-9-Horses!"
EMAIL = "ada@people.example"
HERE = b"1" * 32
"""The digest of a browser's secret."""


@dataclass
class House:
    """A server without its web."""

    site: Site
    now: datetime = NOW

    @property
    def server(self) -> AuthorizationServer:
        """As it is now."""
        return self.site.server(self.now, Caller("request-1", "192.0.2.7", "Browser"))

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by

    def register(
        self, username: str = "ada", email: str = EMAIL, **changes: Any
    ) -> Registered | AwaitsVerification:
        """Register in a browser."""
        origin = changes.pop("origin", Origin(HERE))
        applicant = Applicant(username, email, changes.pop("password", GOOD), **changes)
        return self.site.enrolment.register(self.server, applicant, origin)

    def verified(self, username: str = "ada", email: str = EMAIL, **changes: Any) -> Account:
        """Somebody who has registered and opened the link."""
        self.register(username, email, **changes)
        token = self.token()
        return self.site.verification.confirm(self.server, token, Opener(is_program=True)).account

    def letters(self) -> list[tuple[str, str, dict[str, str]]]:
        """Template, recipient and values of the letters since the last time."""
        found = take_letters(self.site, self.now)
        return [(letter.template, letter.to, dict(letter.values)) for letter in found]

    def token(self) -> str:
        """The token of the last letter."""
        return self.letters()[-1][2]["link"].partition("token=")[2]

    def account(self, email: str = EMAIL) -> AccountRecord:
        """The account of an address."""
        found = Accounts(self.site.database).find_by_email(self.server.tenant.id, email)
        if found is None:
            raise LookupError(email)
        return found

    def log_in(self, name: str = EMAIL, password: str = GOOD) -> Account | LoginFailed:
        """Try a password."""
        return self.site.login.authenticate(self.server, name, password)

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Look into the database, or change it."""
        with self.site.database.engines[1].connect() as connection:
            result = connection.execute(text(statement), values)
            connection.commit()
            return [dict(row) for row in result.mappings()] if result.returns_rows else []

    def events(self) -> list[str]:
        """The types of the audit events about people, in their order."""
        rows = self.rows("SELECT type FROM audit_events WHERE account_id IS NOT NULL ORDER BY id")
        return [row["type"] for row in rows]


def house_on(database_url: str, **environ: str) -> House:
    """A house on an empty database."""
    settings = load_settings(
        {
            "ENVIRONMENT": "development",
            "ISSUER": "http://localhost:5000",
            "DATABASE_URL": database_url,
            "SECRET_KEY": "0123456789abcdef" * 4,
            "REQUIRE_EMAIL_VERIFICATION": "true",
            **environ,
        }
    )
    return House(make_site(settings, lambda: NOW))
