"""Where the chains of all tenants stand, and the signed checkpoints of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, insert, or_, select, update

from authwell.models.audit import audit_chains, audit_checkpoints
from authwell.models.base import UtcDateTime
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement

_AT: Any = bindparam("at", type_=UtcDateTime())
_CHAIN_IS = audit_chains.c.tenant_id == bindparam("of_tenant")
FIND = Statement(select(audit_chains).where(_CHAIN_IS))
LIST = Statement(select(audit_chains).order_by(audit_chains.c.tenant_id))
UNSIGNED = Statement(select(audit_chains).where(audit_chains.c.is_signed.is_(False)))
# Whoever moved the chain meanwhile signs it anew.
SIGN = Statement(
    update(audit_chains)
    .where(
        _CHAIN_IS,
        audit_chains.c.seq == bindparam("of_seq"),
        audit_chains.c.base_seq == bindparam("of_base"),
    )
    .values(is_signed=True, token=bindparam("new_token"))
)
DUE = Statement(
    select(audit_chains).where(
        audit_chains.c.is_signed.is_(True),
        audit_chains.c.kept_seq < audit_chains.c.seq,
        or_(
            audit_chains.c.kept_at.is_(None),
            audit_chains.c.kept_at <= bindparam("before", type_=UtcDateTime()),
        ),
    )
)
MARK_KEPT = Statement(
    update(audit_chains)
    .where(_CHAIN_IS, audit_chains.c.kept_seq == bindparam("old_seq"))
    .values(kept_seq=bindparam("new_seq"), kept_at=_AT, kept_digest=bindparam("new_digest"))
    .returning(audit_chains.c.tenant_id)
)
KEEP = Statement(
    insert(audit_checkpoints).values(
        tenant_id=bindparam("of_tenant"),
        seq=bindparam("of_seq"),
        token=bindparam("of_token"),
        made_at=bindparam("of_at"),
    )
)
UNSHIPPED = Statement(
    select(audit_checkpoints)
    .where(audit_checkpoints.c.shipped_at.is_(None))
    .order_by(audit_checkpoints.c.made_at)
    .limit(bindparam("limit", type_=Integer()))
)
MARK_SHIPPED = Statement(
    update(audit_checkpoints)
    .where(
        audit_checkpoints.c.tenant_id == bindparam("of_tenant"),
        audit_checkpoints.c.seq == bindparam("of_seq"),
    )
    .values(shipped_at=_AT)
)
PAGE = Statement(
    select(audit_checkpoints)
    .where(
        and_(
            audit_checkpoints.c.tenant_id == bindparam("of_tenant"),
            audit_checkpoints.c.seq > bindparam("after"),
        )
    )
    .order_by(audit_checkpoints.c.seq)
    .limit(bindparam("limit", type_=Integer()))
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed one that was kept."""

    tenant_id: str
    seq: int
    token: str


class Checkpoints:
    """Chains and their checkpoints."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def chain(self, tenant_id: str) -> Row | None:
        """Where a tenant's chain stands; None if it has none yet."""
        return self._database.one(FIND, {"of_tenant": tenant_id})

    def chains(self) -> list[Row]:
        """All chains."""
        return self._database.all(LIST, {})

    def unsigned(self) -> list[Row]:
        """Chains that have moved since they were signed."""
        return self._database.all(UNSIGNED, {})

    def sign(self, chain: Row, token: str) -> None:
        """Keep the signature of where a chain stood, if it stands there still."""
        values = {"of_tenant": chain.tenant_id, "of_seq": chain.seq, "of_base": chain.base_seq}
        self._database.write(SIGN, values | {"new_token": token})

    def due(self, before: datetime) -> list[Row]:
        """Signed chains with news whose last kept checkpoint is older than a moment."""
        return self._database.all(DUE, {"before": before})

    def keep(self, chain: Row, digest: bytes, now: datetime) -> bool:
        """Keep the token of a chain as a checkpoint; False if another process did."""
        with self._database.transaction() as transaction:
            marked = transaction.one(
                MARK_KEPT,
                {
                    "of_tenant": chain.tenant_id,
                    "old_seq": chain.kept_seq,
                    "new_seq": chain.seq,
                    "new_digest": digest,
                    "at": now,
                },
            )
            if marked is None:
                return False
            values = {"of_tenant": chain.tenant_id, "of_seq": chain.seq, "of_at": now}
            transaction.all(KEEP, values | {"of_token": chain.token})
            return True

    def unshipped(self, limit: int = 100) -> tuple[Checkpoint, ...]:
        """Kept checkpoints that have not left the machine, the oldest first."""
        rows = self._database.all(UNSHIPPED, {"limit": limit})
        return tuple(Checkpoint(row.tenant_id, row.seq, row.token) for row in rows)

    def mark_shipped(self, checkpoint: Checkpoint, now: datetime) -> None:
        """Note that a checkpoint has left the machine."""
        values = {"of_tenant": checkpoint.tenant_id, "of_seq": checkpoint.seq, "at": now}
        self._database.write(MARK_SHIPPED, values)

    def kept(self, tenant_id: str, after: int = 0, page: int = 500) -> Iterator[Checkpoint]:
        """A tenant's kept checkpoints in their order, of events with a greater number."""
        while rows := self._database.all(
            PAGE, {"of_tenant": tenant_id, "after": after, "limit": page}
        ):
            for row in rows:
                yield Checkpoint(row.tenant_id, row.seq, row.token)
            after = rows[-1].seq
