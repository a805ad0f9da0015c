"""The rows of tenants: made, listed, suspended, deleted (DESIGN.md section 4, tenancy)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, select, update

from authwell.models.base import UtcDateTime
from authwell.models.sessions import sessions
from authwell.models.tenants import tenants
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.configuration import statements as sql
from authwell.storage.configuration.rows import TenantRecord, tenant_record
from authwell.storage.database import Database, Transaction
from authwell.storage.errors import Conflict
from authwell.storage.pages import Found, Pages, Wanted, begins_with
from authwell.storage.registry import ROOT
from authwell.storage.statements import Statement
from authwell.storage.values import searchable
from authwell.utils.versions import ANY_VERSION, Expected

_TENANT_ID: Any = bindparam("tenant_id")
_THAT_ARE_THERE = select(tenants).where(tenants.c.status != "deleted")

FIND = Statement(_THAT_ARE_THERE.where(tenants.c.id == _TENANT_ID))
LOCK = Statement(_THAT_ARE_THERE.where(tenants.c.id == _TENANT_ID).with_for_update())
FIND_ROOT = Statement(select(tenants.c.id).where(tenants.c.slug == ROOT))
PAGES = Pages(
    _THAT_ARE_THERE,
    # The id begins with the time.
    {"slug": (tenants.c.slug,), "created_at": (tenants.c.id,)},
    {"status": tenants.c.status == bindparam("status"), "q": begins_with(tenants.c.slug, "q")},
)
SET_STATUS = Statement(
    update(tenants)
    .where(tenants.c.id == _TENANT_ID)
    .values(
        status=bindparam("status"),
        not_before=bindparam("not_before", type_=UtcDateTime()),
        updated_at=bindparam("now", type_=UtcDateTime()),
    )
)
END_SESSIONS = Statement(
    update(sessions)
    .where(sessions.c.tenant_id == _TENANT_ID, sessions.c.ended_at.is_(None))
    .values(ended_at=bindparam("now", type_=UtcDateTime()))
)


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What becomes of a tenant.

    Attributes:
        event: in the log of the default tenant, whose administrators do this.
        ends_all: whether sessions and tokens of before are dead for good.
    """

    status: Literal["active", "suspended", "deleted"]
    event: Event
    ends_all: bool = False


class Tenants:
    """The rows; what else a tenant has goes with them."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str) -> TenantRecord | None:
        """The tenant, unless it was deleted."""
        row = self._database.one(FIND, {"tenant_id": searchable(tenant_id)})
        return None if row is None else tenant_record(row)

    def page(self, wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        """A page of `TenantRecord`s by `slug` or `created_at`; filters: `status`, `q`."""
        found = PAGES.read(self._database, wanted, {}, filters)
        return replace(found, rows=tuple(tenant_record(row) for row in found.rows))

    def add(self, record: TenantRecord, event: Event) -> None:
        """Keep a new tenant.

        Raises:
            Conflict: the slug or the issuer is taken, maybe by one that was deleted.
        """
        values = {
            **{name: getattr(record, name) for name in TenantRecord.__dataclass_fields__},
            "policy": dict(record.policy),
        }
        with self._database.transaction() as transaction:
            if not transaction.all(sql.ADD_TENANT, values):
                raise Conflict("tenants.slug")
            transaction.all(sql.ADD_STAMP, {"tenant_id": record.id, "now": record.created_at})
            add_event(transaction, event)

    def set_status(
        self, tenant_id: str, change: StatusChange, shown: Any, expected: Expected = ANY_VERSION
    ) -> TenantRecord | None:
        """Suspend, activate or delete a tenant; as it is then, None if there is none.

        Args:
            tenant_id: of which.
            change: what becomes of it.
            shown: gives the object whose versions are expected.
            expected: versions that may be written over.

        Raises:
            ChangedMeanwhile: it is another version.
        """
        now: datetime = change.event.at
        key = {"tenant_id": tenant_id, "now": now}
        with self._database.transaction() as transaction:
            record = lock_tenant(transaction, key)
            if record is None:
                return None
            expected.require(shown(record))
            if record.status == change.status:
                return record
            not_before = now if change.ends_all else record.not_before
            values = {**key, "status": change.status, "not_before": not_before}
            transaction.all(SET_STATUS, values)
            if change.ends_all:
                end_sessions(transaction, tenant_id, now)
            add_event(transaction, change.event)
        return replace(record, status=change.status, not_before=not_before, updated_at=now)


def end_sessions(transaction: Transaction, tenant_id: str, now: datetime) -> None:
    """End all sessions of a tenant."""
    transaction.all(END_SESSIONS, {"tenant_id": tenant_id, "now": now})


def root_of(transaction: Transaction, record: TenantRecord) -> str:
    """The id of the default tenant, whose log tells of the lives of all; else the tenant's own."""
    row = transaction.one(FIND_ROOT, {})
    return record.id if row is None else str(row.id)


def lock_tenant(transaction: Transaction, key: Mapping[str, Any]) -> TenantRecord | None:
    """The tenant as it stands until the transaction ends; None if there is none.

    Args:
        transaction: that changes it.
        key: `tenant_id` and `now`.
    """
    # The stamp's row makes changes of one tenant take turns, those of its domains too.
    transaction.all(sql.BUMP_STAMP, key)
    row = transaction.one(LOCK, key)
    return None if row is None else tenant_record(row)
