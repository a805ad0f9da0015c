"""A fresh database and a configurator on it, for the tests of the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from authwell.config.settings import Settings, load_settings
from authwell.identity.configuration import document
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Plan
from authwell.identity.configuration.references import References
from authwell.identity.configuration.service import Configurator
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.tenants.defaults import ensure_default_tenant
from authwell.storage.database import Database

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
SECRET = "a-secret-of-more-than-thirty-two-characters"
PASSWORDS = Passwords(parallel=2)

Entry = dict[str, Any]


def settings(url: str, **changes: str) -> Settings:
    """The settings of a development server."""
    environ = {
        "ENVIRONMENT": "development",
        "SECRET_KEY": "0123456789abcdef0123456789abcdef0123456789abcdef",
        "KEY_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "ISSUER": "http://localhost:5000",
        "DATABASE_URL": url,
    }
    return load_settings({**environ, **changes})


@dataclass(frozen=True, slots=True)
class Desk:
    """An operator at a fresh server."""

    database: Database
    configurator: Configurator
    author: Author
    references: References

    def apply(self, document: Mapping[str, Any], at: datetime = NOW) -> Plan:
        """Apply a document."""
        return self.configurator.apply(document, self.references, replace(self.author, now=at))

    def apply_text(self, text: str) -> Plan:
        """Apply the text of a document."""
        return self.apply(document.parse(text))

    def lines(self, document: Mapping[str, Any]) -> list[str]:
        """Apply a document; what changed, line by line."""
        return [str(change) for change in self.apply(document).changes]


def desk(url: str, environ: Mapping[str, str] | None = None, **changes: str) -> Desk:
    """A server with its tenant and nothing else."""
    configured = settings(url, **changes)
    database = Database(url)
    ensure_default_tenant(database, configured, NOW)
    return Desk(
        database,
        Configurator.of(database, configured, PASSWORDS),
        Author("test", NOW),
        References(environ or {}, Path(), warn_of_plain=False),
    )


def web(**members: Any) -> Entry:
    """A client for people; None leaves a member out."""
    entry: Entry = {
        "client_id": "web",
        "client_secret": SECRET,
        "redirect_uris": ["https://app.example/cb"],
        "scope": "openid profile",
        **members,
    }
    return {name: value for name, value in entry.items() if value is not None}


def service(**members: Any) -> Entry:
    """A client for itself."""
    entry: Entry = {
        "client_id": "service",
        "client_secret": SECRET,
        "grant_types": ["client_credentials"],
        **members,
    }
    return {name: value for name, value in entry.items() if value is not None}


def alice(**members: Any) -> Entry:
    """A person."""
    entry: Entry = {
        "username": "alice",
        "email": "alice@people.example",
        "password": "Correct-Horse-7",
        "full_name": "Alice",
        **members,
    }
    return {name: value for name, value in entry.items() if value is not None}
