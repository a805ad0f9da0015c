"""Giving a tenant a host of its own, or taking it back (docs/decisions/0017)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, update

from authwell.models.base import UtcDateTime
from authwell.models.domains import tenant_domains
from authwell.models.tenants import tenants
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.configuration.rows import TenantRecord, tenant_record
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement
from authwell.storage.tenancy.tenants import lock_tenant
from authwell.utils.versions import ANY_VERSION, Expected

_TENANT_ID: Any = bindparam("tenant_id")
_MOVE = (
    update(tenants)
    .where(tenants.c.id == _TENANT_ID)
    .values(issuer=bindparam("issuer"), updated_at=bindparam("now", type_=UtcDateTime()))
    .returning(*tenants.c)
)
_IS_SHOWN = exists().where(
    tenant_domains.c.tenant_id == _TENANT_ID,
    tenant_domains.c.domain == bindparam("host"),
    tenant_domains.c.use == "host",
    tenant_domains.c.verified_at.is_not(None),
)
MOVE_TO_HOST = Statement(_MOVE.where(_IS_SHOWN))
MOVE_BELOW = Statement(_MOVE)


class HostNotShown(Exception):
    """The tenant has not shown that the host is its own."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where a tenant is to be found.

    Attributes:
        host: which it must have shown to be its own; None: below the server's issuer.
        events: in the log of the tenant, and in that of the server's administrators.
    """

    issuer: str
    host: str | None
    events: tuple[Event, ...]


def move_tenant(
    database: Database,
    tenant_id: str,
    move: Move,
    shown: Any,
    expected: Expected = ANY_VERSION,
) -> TenantRecord | None:
    """Give it another issuer; as it is then, None if there is none.

    Args:
        database: where.
        tenant_id: of which.
        move: where to.
        shown: gives the object whose versions are expected.
        expected: versions that may be written over.

    Raises:
        HostNotShown: as it says.
        ChangedMeanwhile: it is another version.
        Conflict: another tenant has this issuer.
    """
    key = {"tenant_id": tenant_id, "now": move.events[0].at}
    with database.transaction() as transaction:
        record = lock_tenant(transaction, key)
        if record is None:
            return None
        expected.require(shown(record))
        if record.issuer == move.issuer:
            return record
        moved = _moved(transaction, key, move)
        for event in move.events:
            add_event(transaction, event)
    return tenant_record(moved)


def _moved(transaction: Transaction, key: Mapping[str, Any], move: Move) -> Row:
    values = {**key, "issuer": move.issuer}
    if move.host is None:
        row = transaction.one(MOVE_BELOW, values)
    else:
        row = transaction.one(MOVE_TO_HOST, {**values, "host": move.host})
    if row is None:
        raise HostNotShown
    return row
