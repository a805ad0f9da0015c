"""Clients that registered themselves and that nobody uses (RFC 7591 section 5).

Use is told by what use leaves behind, a grant, so no request has to write anything for it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, delete, exists, select, tuple_, update

from authwell.models.base import UtcDateTime
from authwell.models.clients import clients
from authwell.models.grants import grants
from authwell.models.registrations import client_registrations, initial_access_tokens
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.configuration import statements as sql
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement
from authwell.storage.values import event_values

_NOW: Any = bindparam("now", type_=UtcDateTime())
_BATCH: Any = bindparam("batch", type_=Integer())
_KEY = (client_registrations.c.tenant_id, client_registrations.c.client_id)
_HAS_GRANTS = exists(
    select(grants.c.id).where(
        grants.c.tenant_id == client_registrations.c.tenant_id,
        grants.c.client_id == client_registrations.c.client_id,
    )
)
_ABANDONED = (
    select(*_KEY)
    .where(
        client_registrations.c.origin == "open",
        client_registrations.c.used_at.is_(None),
        client_registrations.c.created_at <= bindparam("unused_since", type_=UtcDateTime()),
        ~_HAS_GRANTS,
    )
    .limit(_BATCH)
)

NOTE_USE = Statement(
    update(client_registrations)
    .where(
        tuple_(*_KEY).in_(
            select(*_KEY)
            .where(and_(client_registrations.c.used_at.is_(None), _HAS_GRANTS))
            .limit(_BATCH)
        )
    )
    .values(used_at=_NOW)
    .returning(client_registrations.c.client_id)
)
DELETE_ABANDONED = Statement(
    delete(clients)
    .where(tuple_(clients.c.tenant_id, clients.c.client_id).in_(_ABANDONED))
    .returning(clients.c.tenant_id, clients.c.client_id)
)
DELETE_TOKENS = Statement(
    delete(initial_access_tokens)
    .where(
        initial_access_tokens.c.id.in_(
            select(initial_access_tokens.c.id)
            .where(initial_access_tokens.c.expires_at <= _NOW)
            .limit(_BATCH)
        )
    )
    .returning(initial_access_tokens.c.id)
)


def delete_abandoned(database: Database, unused_since: datetime, now: datetime, batch: int) -> int:
    """Delete a batch of clients that came by open registration before `unused_since`.

    Whoever knows them forgets them: the stamp of their tenant is bumped in the same transaction.
    """
    with database.transaction() as transaction:
        rows = transaction.all(
            DELETE_ABANDONED, {"unused_since": unused_since, "now": now, "batch": batch}
        )
        for tenant_id in sorted({row.tenant_id for row in rows}):
            transaction.all(sql.BUMP_STAMP, {"tenant_id": tenant_id, "now": now})
        for event in _events(rows, now):
            transaction.all(sql.ADD_EVENT, event_values(event))
    return len(rows)


def _events(rows: Sequence[Row], now: datetime) -> list[Event]:
    return [
        Event(
            EventType.CLIENT_EXPIRED, row.tenant_id, now, client_id=row.client_id, actor="clean-up"
        )
        for row in rows
    ]
