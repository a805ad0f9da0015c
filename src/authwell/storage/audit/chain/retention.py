"""Taking the oldest events of a chain away; its signed base says where it begins now."""

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import bindparam, delete, update

from authwell.models.audit import audit_chains, audit_checkpoints, audit_events, audit_redactions
from authwell.models.base import UtcDateTime
from authwell.protocol.events import EventType
from authwell.storage.audit.chain.reading import PAGE
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement

_TENANT: Any = bindparam("of_tenant")
MOVE_BASE = Statement(
    update(audit_chains)
    .where(
        audit_chains.c.tenant_id == _TENANT,
        audit_chains.c.seq == bindparam("of_seq"),
        audit_chains.c.base_seq == bindparam("of_base"),
    )
    .values(
        base_seq=bindparam("new_base"),
        base_hash=bindparam("new_hash"),
        token=bindparam("new_token"),
        is_signed=True,
        updated_at=bindparam("now", type_=UtcDateTime()),
    )
    .returning(audit_chains.c.kept_seq)
)
DELETE_EVENTS = Statement(
    delete(audit_events).where(
        audit_events.c.tenant_id == _TENANT,
        audit_events.c.seq.is_not(None),
        audit_events.c.seq <= bindparam("new_base"),
    )
)
DELETE_CHECKPOINTS = Statement(
    delete(audit_checkpoints).where(
        audit_checkpoints.c.tenant_id == _TENANT,
        audit_checkpoints.c.seq <= bindparam("new_base"),
        audit_checkpoints.c.seq < bindparam("kept_seq"),
    )
)
DELETE_REDACTIONS = Statement(
    delete(audit_redactions).where(
        audit_redactions.c.tenant_id == _TENANT,
        audit_redactions.c.erasure_id == bindparam("erasure_id"),
    )
)


def oldest_events(database: Database, chain: Row, before: datetime, limit: int) -> list[Row]:
    """The first events of a chain, as far as each of them is older than a moment."""
    key = {"tenant_id": chain.tenant_id, "after": chain.base_seq, "limit": limit}
    return list(takewhile(lambda row: row.at < before, database.all(PAGE, key)))


def take_away(
    database: Database, chain: Row, events: Sequence[Row], token: str, now: datetime
) -> bool:
    """Delete the first events of a chain.

    Args:
        database: where.
        chain: as it stood when the token was made.
        events: from `oldest_events`.
        token: signs the chain with its new base.
        now: the present.

    Returns:
        False if the chain has moved meanwhile; nothing was deleted.
    """
    key = {"of_tenant": chain.tenant_id, "new_base": events[-1].seq}
    moved = {"of_seq": chain.seq, "of_base": chain.base_seq, "new_hash": events[-1].hash}
    with database.transaction() as transaction:
        values = key | moved | {"new_token": token, "now": now}
        row = transaction.one(MOVE_BASE, values)
        if row is None:
            return False
        transaction.all(DELETE_EVENTS, key)
        transaction.all(DELETE_CHECKPOINTS, key | {"kept_seq": row.kept_seq})
        for event in events:
            if event.type == EventType.ACCOUNT_ERASED:
                values = {"of_tenant": chain.tenant_id, "erasure_id": event.id}
                transaction.all(DELETE_REDACTIONS, values)
        return True
