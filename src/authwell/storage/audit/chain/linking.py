"""Numbering and chaining events that are committed: some hundred at once, in one transaction.

An event has no number while its transaction may still fail, and no request waits for the chain.
The row of the tenant's chain is locked, so two processes never give one number twice.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from secrets import token_bytes
from typing import Any, Final

from sqlalchemy import Integer, bindparam, select, text, update
from sqlalchemy.dialects import postgresql

from authwell.models.audit import audit_chains, audit_events
from authwell.models.base import UtcDateTime
from authwell.storage.audit.chain import hashes
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement

BATCH: Final = 1000

_JSON: Any = audit_events.c.data.type
_ANY_PENDING = Statement(select(audit_events.c.id).where(audit_events.c.seq.is_(None)).limit(1))
# Rows that an erasure is changing wait for the next time.
_PENDING = Statement(
    select(audit_events)
    .where(audit_events.c.seq.is_(None))
    .order_by(audit_events.c.id)
    .limit(bindparam("limit", type_=Integer()))
    .with_for_update(skip_locked=True)
)
_new = postgresql.insert(audit_chains).values(
    tenant_id=bindparam("tenant_id"),
    seq=0,
    hash=bindparam("hash"),
    base_seq=0,
    base_hash=bindparam("hash"),
    is_signed=False,
    kept_seq=0,
    updated_at=bindparam("now"),
)
_BEGIN_CHAIN = Statement(_new.on_conflict_do_nothing())
_LOCK_CHAIN = Statement(
    select(audit_chains.c.seq, audit_chains.c.hash)
    .where(audit_chains.c.tenant_id == bindparam("tenant_id"))
    .with_for_update()
)
_LINK = Statement(
    update(audit_events)
    .where(
        audit_events.c.id == bindparam("event_id"),
        audit_events.c.at == bindparam("event_at", type_=UtcDateTime()),
    )
    .values(seq=bindparam("new_seq"), salt=bindparam("new_salt"), hash=bindparam("new_hash"))
)
# One statement for all: a round trip for each event would be most of the work.
_LINK_ALL = Statement(
    text(
        "UPDATE audit_events AS e SET seq = l.seq,"
        " salt = decode(l.salt, 'hex'), hash = decode(l.hash, 'hex')"
        " FROM json_to_recordset(:links)"
        " AS l(id text, at timestamptz, seq bigint, salt text, hash text)"
        " WHERE e.id = l.id AND e.at = l.at"
    ).bindparams(bindparam("links", type_=_JSON))
)
_MOVE_HEAD = Statement(
    update(audit_chains)
    .where(audit_chains.c.tenant_id == bindparam("of_tenant"))
    .values(
        seq=bindparam("new_seq"),
        hash=bindparam("new_hash"),
        is_signed=False,
        updated_at=bindparam("now", type_=UtcDateTime()),
    )
)


def link_pending(database: Database, now: datetime, limit: int = BATCH) -> list[Row]:
    """Chain some of the events that are not chained yet, and return them."""
    if database.one(_ANY_PENDING, {}) is None:
        return []
    with database.transaction() as transaction:
        rows = transaction.all(_PENDING, {"limit": limit})
        rows.sort(key=lambda row: (row.tenant_id, row.id))
        for tenant_id, of_tenant in groupby(rows, key=lambda row: str(row.tenant_id)):
            _link(transaction, tenant_id, list(of_tenant), now, is_sqlite=database.is_sqlite)
        return rows


def _link(
    transaction: Transaction, tenant_id: str, rows: Sequence[Row], now: datetime, *, is_sqlite: bool
) -> None:
    chain = _locked(transaction, tenant_id, now)
    before, links = chain.hash, []
    for seq, row in enumerate(rows, chain.seq + 1):
        salt = token_bytes(16)
        before = hashes.next_hash(before, seq, hashes.content_digest(row._replace(salt=salt)))
        links.append({"id": row.id, "at": row.at, "seq": seq, "salt": salt, "hash": before})
    if is_sqlite:
        for link in links:
            values = {"event_id": link["id"], "event_at": link["at"]}
            news = {f"new_{name}": link[name] for name in ("seq", "salt", "hash")}
            transaction.all(_LINK, values | news)
    else:
        transaction.all(_LINK_ALL, {"links": [_as_json(link) for link in links]})
    head = {"of_tenant": tenant_id, "new_seq": chain.seq + len(rows), "new_hash": before}
    transaction.all(_MOVE_HEAD, head | {"now": now})


def _locked(transaction: Transaction, tenant_id: str, now: datetime) -> Row:
    """The tenant's chain, which is begun if it has none."""
    key = {"tenant_id": tenant_id}
    found = transaction.one(_LOCK_CHAIN, key)
    if found is None:
        first = hashes.first_hash(tenant_id)
        transaction.all(_BEGIN_CHAIN, {**key, "hash": first, "now": now})
        found = transaction.one(_LOCK_CHAIN, key)
    return found


def _as_json(link: dict[str, Any]) -> dict[str, Any]:
    return {
        **link,
        "at": link["at"].isoformat(),
        "salt": link["salt"].hex(),
        "hash": link["hash"].hex(),
    }
