"""API keys: what a person lets their scripts do with their account (REQUIREMENTS.md J1 to J5).

A key is 256 random bits, kept as its digest and shown once. It can do what its scopes say, and
never what changes how its owner proves themselves: no scope stands for that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from authwell.config.settings import Settings
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.people.api_keys import ApiKeyRecord, PresentedKey
from authwell.storage.people.api_keys import ApiKeys as Stored
from authwell.utils.randomness import digest, new_id, new_secret

PREFIX: Final = "ask"
HINT_LENGTH: Final = 8
NOTED_EVERY: Final = timedelta(minutes=5)
"""How exactly `last_used_at` is kept, so that a use seldom writes."""

SCOPES: Final[Mapping[str, str]] = {
    "read:user": "See your account and profile",
    "write:user": "Change your profile",
    "read:sessions": "See where you are logged in",
    "write:sessions": "End your sessions",
    "read:audit": "See what happened with your account",
}
"""What a key may be for."""

_LENGTH: Final = len(f"{PREFIX}_") + 43


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was made just now, and its value, which nobody sees again."""

    value: str
    record: ApiKeyRecord


class TooManyKeys(Exception):
    """The account has API_KEY_MAX_PER_USER keys already."""


class ApiKeys:
    """Makes, lists, checks and revokes keys."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Take the database and the limits."""
        self._stored = Stored(database)
        self._most = settings.api_key_max_per_user
        self._lifetime: timedelta = settings.api_key_default_expire_days

    def create(
        self,
        server: AuthorizationServer,
        account: Account,
        name: str,
        scopes: frozenset[str],
        lifetime: timedelta | None = None,
    ) -> NewKey:
        """A new key of an account.

        Args:
            server: of this request.
            account: whose.
            name: by which its owner knows it.
            scopes: of `SCOPES`.
            lifetime: API_KEY_DEFAULT_EXPIRE_DAYS if None.

        Raises:
            TooManyKeys: one must be revoked first.
        """
        value = new_secret(PREFIX)
        record = ApiKeyRecord(
            id=new_id(server.now),
            tenant_id=server.tenant.id,
            account_id=account.id,
            digest=digest(value),
            hint=value[:HINT_LENGTH],
            name=name,
            scopes=tuple(sorted(scopes)),
            created_at=server.now,
            expires_at=server.now + (lifetime or self._lifetime),
        )
        data = {"key_id": record.id, "name": name, "scopes": list(record.scopes)}
        event = server.event(EventType.API_KEY_CREATED, account=account, data=data)
        if not self._stored.add(record, self._most, event):
            raise TooManyKeys(f"An account has at most {self._most} keys; revoke one first.")
        return NewKey(value, record)

    def list(self, server: AuthorizationServer, account: Account) -> tuple[ApiKeyRecord, ...]:
        """The keys of an account that were not revoked, the latest first."""
        return self._stored.list(server.tenant.id, account.id, limit=10 * self._most)

    def revoke(self, server: AuthorizationServer, account: Account, key_id: str) -> bool:
        """End a key at once; False if the account has none of this id."""
        event = server.event(
            EventType.API_KEY_REVOKED, account=account, data={"key_id": key_id[:36]}
        )
        return self._stored.revoke(server.tenant.id, account.id, key_id, event)

    def tenant_of(self, value: str) -> str | None:
        """The tenant whose key it is, whether it stands or not."""
        return self._stored.tenant_of(digest(value)) if _is_key(value) else None

    def find(self, server: AuthorizationServer, value: str) -> PresentedKey | None:
        """The key that a request presents, whether it stands or not; None if there is none."""
        if not _is_key(value):
            return None
        found = self._stored.find(server.tenant.id, digest(value), server.now)
        if found is not None and found.ended is None:
            self._note_use(server, found.record)
        return found

    def _note_use(self, server: AuthorizationServer, record: ApiKeyRecord) -> None:
        last = record.last_used_at
        if last is None or server.now - last >= NOTED_EVERY:
            self._stored.note_use(record.id, server.now)


def _is_key(value: str) -> bool:
    return value.startswith(f"{PREFIX}_") and len(value) == _LENGTH
