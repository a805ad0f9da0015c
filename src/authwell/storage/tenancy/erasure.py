"""Erasing what a deleted tenant has left: all its rows but its own and its audit log.

Its own row keeps slug and issuer, so that nobody else is ever taken for it (THREATS.md TN-04).
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Table, bindparam, delete, select, tuple_, update

from authwell.models.base import Base, UtcDateTime
from authwell.models.tenants import tenants
from authwell.storage.database import Database
from authwell.storage.statements import Statement

BATCH: Final = 5_000
_OF_THE_LOG: Final = "audit_"
_TENANT_ID: Any = bindparam("tenant_id")


def _deletion(table: Table) -> Statement:
    key = tuple(table.primary_key.columns)
    some = (
        select(*key)
        .where(table.c.tenant_id == _TENANT_ID)
        .limit(bindparam("batch", type_=Integer()))
    )
    is_some = key[0].in_(some) if len(key) == 1 else tuple_(*key).in_(some)
    return Statement(
        delete(table).where(table.c.tenant_id == _TENANT_ID, is_some).returning(key[0])
    )


DELETIONS: Final = tuple(
    _deletion(table)
    # Rows that point to others go first.
    for table in reversed(Base.metadata.sorted_tables)
    if "tenant_id" in table.c and not table.name.startswith(_OF_THE_LOG)
)
LIST_DUE = Statement(
    select(tenants.c.id).where(tenants.c.status == "deleted", tenants.c.erased_at.is_(None))
)
NOTE = Statement(
    update(tenants)
    .where(tenants.c.id == _TENANT_ID)
    .values(
        erased_at=bindparam("now", type_=UtcDateTime()),
        policy=bindparam("policy", type_=tenants.c.policy.type),
        pairwise_sealed=None,
    )
)


def erase_deleted(database: Database, now: datetime) -> int:
    """Erase what deleted tenants have left; how many tenants there were."""
    due = database.all(LIST_DUE, {})
    for row in due:
        key = {"tenant_id": row.id}
        for deletion in DELETIONS:
            while len(database.write(deletion, {**key, "batch": BATCH})) == BATCH:
                pass
        database.write(NOTE, {**key, "now": now, "policy": {}})
    return len(due)
