"""Initial access tokens: what lets somebody register clients (RFC 7591 section 1.2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from authwell.models.audit import audit_events
from authwell.models.base import Digest, UtcDateTime
from authwell.models.registrations import initial_access_tokens
from authwell.protocol.model import Event
from authwell.storage.changes import Change, NewRow
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement
from authwell.storage.values import event_values

_TENANT_ID: Any = bindparam("tenant_id")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_IS_LIVE = (
    initial_access_tokens.c.tenant_id == _TENANT_ID,
    initial_access_tokens.c.digest == bindparam("digest", type_=Digest),
    initial_access_tokens.c.revoked_at.is_(None),
    initial_access_tokens.c.expires_at > _NOW,
    initial_access_tokens.c.uses_left > 0,
)

FIND_TOKEN = Statement(select(initial_access_tokens).where(*_IS_LIVE))
USE_TOKEN = Statement(
    update(initial_access_tokens)
    .where(*_IS_LIVE)
    .values(uses_left=initial_access_tokens.c.uses_left - 1, last_used_at=_NOW)
    .returning(initial_access_tokens.c.id)
)
"""One use, in one statement: its row lock decides who gets the last one."""
LIST_TOKENS = Statement(
    select(initial_access_tokens)
    .where(initial_access_tokens.c.tenant_id == _TENANT_ID)
    .order_by(initial_access_tokens.c.id)
)
ADD_TOKEN = Change(
    NewRow(initial_access_tokens, "new").alone().returning(initial_access_tokens.c.id),
    NewRow(audit_events, "event"),
)
REVOKE_TOKEN = Change(
    update(initial_access_tokens)
    .where(
        initial_access_tokens.c.tenant_id == _TENANT_ID,
        initial_access_tokens.c.id == bindparam("token_id"),
        initial_access_tokens.c.revoked_at.is_(None),
    )
    .values(revoked_at=_NOW)
    .returning(initial_access_tokens.c.id),
    NewRow(audit_events, "event"),
)


@dataclass(frozen=True, slots=True)
class InitialAccessToken:
    """The row of a token; the token itself is kept nowhere.

    Attributes:
        scope: what its clients may be registered for; None for the usual.
    """

    id: str
    digest: bytes
    description: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    uses: int
    uses_left: int
    profile: str | None = None
    scope: frozenset[str] | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class InitialAccessTokens:
    """The tokens of one tenant."""

    def __init__(self, database: Database, tenant_id: str) -> None:
        """Work on one database."""
        self._database = database
        self._tenant_id = tenant_id

    def find(self, digest: bytes, now: datetime) -> InitialAccessToken | None:
        """The token if it may still be used at `now`."""
        key = {"tenant_id": self._tenant_id, "digest": digest, "now": now}
        row = self._database.one(FIND_TOKEN, key)
        return None if row is None else _token(row)

    def use(self, digest: bytes, now: datetime) -> bool:
        """Use it up once; False if nothing was left of it."""
        key = {"tenant_id": self._tenant_id, "digest": digest, "now": now}
        return bool(self._database.write(USE_TOKEN, key))

    def add(self, token: InitialAccessToken, event: Event) -> None:
        """Keep a new token."""
        values = {
            "id": token.id,
            "tenant_id": self._tenant_id,
            "digest": token.digest,
            "description": token.description,
            "profile": token.profile,
            "scope": None if token.scope is None else " ".join(sorted(token.scope)),
            "uses": token.uses,
            "uses_left": token.uses_left,
            "created_by": token.created_by,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "last_used_at": None,
            "revoked_at": None,
        }
        row = {f"new_{name}": value for name, value in values.items()}
        ADD_TOKEN.make(self._database, row | event_values(event))

    def list(self) -> tuple[InitialAccessToken, ...]:
        """All tokens that the clean-up has left, the oldest first."""
        rows = self._database.all(LIST_TOKENS, {"tenant_id": self._tenant_id})
        return tuple(_token(row) for row in rows)

    def revoke(self, token_id: str, now: datetime, event: Event) -> bool:
        """End a token; False if there is none, or it was ended before."""
        key = {"tenant_id": self._tenant_id, "token_id": token_id, "now": now}
        return REVOKE_TOKEN.make(self._database, key | event_values(event)) is not None


def _token(row: Row) -> InitialAccessToken:
    return InitialAccessToken(
        id=row.id,
        digest=bytes(row.digest),
        description=row.description,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        uses=row.uses,
        uses_left=row.uses_left,
        profile=row.profile,
        scope=None if row.scope is None else frozenset(row.scope.split()),
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
