"""Interactions: authorization requests that wait for a person, each bound to a browser."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from authwell.models.base import UtcDateTime
from authwell.models.handles import handles
from authwell.protocol.records import Interaction
from authwell.storage.changes import NewRow
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement

INTERACTION = "interaction"
"""`handles.kind` of an interaction."""

_NOW: Any = bindparam("now", type_=UtcDateTime())
_IS_OPEN = (
    handles.c.digest == bindparam("digest"),
    handles.c.tenant_id == bindparam("tenant_id"),
    handles.c.kind == INTERACTION,
    handles.c.consumed_at.is_(None),
)
_COLUMNS = (
    handles.c.digest,
    handles.c.tenant_id,
    handles.c.client_id,
    handles.c.browser_digest,
    handles.c.created_at,
    handles.c.expires_at,
    handles.c.data,
)

_NEW = (
    *("digest", "tenant_id", "kind", "client_id", "browser_digest"),
    *("data", "created_at", "expires_at", "failed_attempts"),
)
PUT_INTERACTION = Statement(NewRow(handles, "new", columns=_NEW).alone())
FIND_INTERACTION = Statement(select(*_COLUMNS).where(*_IS_OPEN, handles.c.expires_at > _NOW))
FIND_EXPIRED = Statement(select(*_COLUMNS).where(*_IS_OPEN))
LOCK_INTERACTION = Statement(select(handles.c.data).where(*_IS_OPEN).with_for_update())
SET_DATA = Statement(update(handles).where(*_IS_OPEN).values(data=bindparam("data")))
TAKE_INTERACTION = Statement(
    update(handles)
    .where(*_IS_OPEN, handles.c.expires_at > _NOW)
    .values(consumed_at=_NOW)
    .returning(*_COLUMNS)
)


class SqlInteractions:
    """The port `Interactions` over SQL."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def put(self, interaction: Interaction) -> None:
        """Keep it."""
        values = {
            "new_digest": interaction.digest,
            "new_tenant_id": interaction.tenant_id,
            "new_kind": INTERACTION,
            "new_client_id": interaction.client_id,
            "new_browser_digest": interaction.browser_digest,
            "new_data": dict(interaction.data),
            "new_created_at": interaction.created_at,
            "new_expires_at": interaction.expires_at,
            "new_failed_attempts": 0,
        }
        self._database.write(PUT_INTERACTION, values)

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> Interaction | None:
        """The interaction if it is neither used up nor expired."""
        key = {"tenant_id": tenant_id, "digest": digest, "now": now}
        row = self._database.one(FIND_INTERACTION, key)
        return None if row is None else _interaction(row)

    def find_expired(self, tenant_id: str, digest: bytes) -> Interaction | None:
        """The interaction even if it has expired, until the clean-up; None if it was used up."""
        row = self._database.one(FIND_EXPIRED, {"tenant_id": tenant_id, "digest": digest})
        return None if row is None else _interaction(row)

    def note(self, tenant_id: str, digest: bytes, facts: Mapping[str, Any]) -> None:
        """Add facts; an interaction that is gone learns nothing."""
        key = {"tenant_id": tenant_id, "digest": digest}
        with self._database.transaction() as transaction:
            row = transaction.one(LOCK_INTERACTION, key)
            if row is not None:
                transaction.all(SET_DATA, {**key, "data": {**row.data, **facts}})

    def take(self, tenant_id: str, digest: bytes, now: datetime) -> Interaction | None:
        """Use it up; None if it was used up or expired before."""
        key = {"tenant_id": tenant_id, "digest": digest, "now": now}
        rows = self._database.write(TAKE_INTERACTION, key)
        return _interaction(rows[0]) if rows else None


def _interaction(row: Row) -> Interaction:
    return Interaction(
        digest=row.digest,
        tenant_id=row.tenant_id,
        client_id=row.client_id,
        browser_digest=row.browser_digest,
        created_at=row.created_at,
        expires_at=row.expires_at,
        data=row.data,
    )
