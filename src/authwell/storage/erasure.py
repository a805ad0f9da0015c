"""Erasing an account: all rows of the person go, and the audit log keeps a pseudonym.

The pseudonym is random, so that nobody can tell whose events they were; they still tell that the
same person did them (THREATS.md LG-06). One transaction does all of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, delete, null, select, update

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit import add_event
from authwell.storage.chain.redactions import erasure_digest, note_redaction
from authwell.storage.database import Database, Transaction
from authwell.storage.deletion import end_sessions
from authwell.storage.statements import Row, Statement
from authwell.storage.superusers import keeping_superusers
from authwell.utils.randomness import new_id

KEPT_MEMBERS = frozenset(
    {
        *("acr", "action", "again", "amr", "by", "factor", "failures", "grant_type", "members"),
        *("hours", "kilometres", "kind", "locked_until", "method", "reason", "rule", "scope"),
    }
)
"""Members of an event's data that say nothing of who somebody is. Of all others only numbers and
truth values are kept: whatever a later event holds is forgotten unless it is named here."""

_ACCOUNT_ID: Any = bindparam("account_id")
_TENANT_ID: Any = bindparam("tenant_id")
_IS_THE_ACCOUNT = (accounts.c.id == _ACCOUNT_ID, accounts.c.tenant_id == _TENANT_ID)

LOCK_ACCOUNT = Statement(
    select(accounts.c.status, accounts.c.roles).where(*_IS_THE_ACCOUNT).with_for_update()
)
LIST_DUE = Statement(
    select(accounts.c.id, accounts.c.tenant_id)
    .where(
        accounts.c.deleted_at.is_not(None),
        accounts.c.deleted_at <= bindparam("before", type_=UtcDateTime()),
    )
    .limit(bindparam("limit", type_=Integer()))
)
_OWN = and_(audit_events.c.tenant_id == _TENANT_ID, audit_events.c.account_id == _ACCOUNT_ID)
_ACTED = and_(audit_events.c.tenant_id == _TENANT_ID, audit_events.c.actor == _ACCOUNT_ID)
# The chain passes over rows that are locked.
LOCK_EVENTS = Statement(
    select(audit_events).where(_OWN).order_by(audit_events.c.id).with_for_update()
)
# Only who had a role can have acted on others; no index leads to them.
LOCK_ACTS = Statement(
    select(audit_events).where(_ACTED).order_by(audit_events.c.id).with_for_update()
)
FORGET = Statement(
    update(audit_events)
    .where(
        audit_events.c.id == bindparam("event_id"),
        audit_events.c.at == bindparam("event_at", type_=UtcDateTime()),
    )
    .values(
        account_id=bindparam("new_account"),
        actor=bindparam("new_actor"),
        session_id=bindparam("new_session"),
        address=null(),
        user_agent=null(),
        data=bindparam("new_data"),
        salt=null(),
    )
    .returning(*audit_events.c)
)
DELETE_ACCOUNT = Statement(delete(accounts).where(*_IS_THE_ACCOUNT).returning(accounts.c.id))


def erase(database: Database, event: Event, *, only_if_due: datetime | None = None) -> str | None:
    """Erase the event's account; the pseudonym that its events have now.

    Args:
        database: where.
        event: an event of any type, with the account; it is kept under the pseudonym.
        only_if_due: None, or the time before which the account must have been deleted.

    Returns:
        None if there is no such account, or it was given back meanwhile.
    """
    with database.transaction() as transaction:
        key = {"tenant_id": event.tenant_id, "account_id": event.account_id}
        row = transaction.one(LOCK_ACCOUNT, key)
        if row is None or (only_if_due is not None and row.status != "deleted"):
            return None
        end_sessions(transaction, event)
        pseudonym, erasure_id = new_id(), new_id()
        what = _pseudonymise(transaction, key, pseudonym, erasure_id, is_actor=bool(row.roles))
        with keeping_superusers(transaction, event.tenant_id, str(event.account_id), row.status):
            transaction.all(DELETE_ACCOUNT, key)
        add_event(transaction, _under(pseudonym, event, erasure_id, what))
        return pseudonym


def erase_due(database: Database, before: datetime, now: datetime, limit: int) -> int:
    """Erase accounts that were deleted before a moment; how many there were."""
    due = database.all(LIST_DUE, {"before": before, "limit": limit})
    for row in due:
        event = Event(EventType.ACCOUNT_ERASED, row.tenant_id, now, account_id=row.id)
        erase(database, event, only_if_due=before)
    return len(due)


def scrubbed(data: Mapping[str, Any]) -> dict[str, Any]:
    """An event's data without what may say who somebody is."""
    return {
        name: value if name in KEPT_MEMBERS else _without_texts(value)
        for name, value in data.items()
        if name in KEPT_MEMBERS or isinstance(value, bool | int | float | Mapping)
    }


def _pseudonymise(
    transaction: Transaction,
    key: Mapping[str, Any],
    pseudonym: str,
    erasure_id: str,
    *,
    is_actor: bool,
) -> dict[str, Any]:
    """Forget who it was in all events; what the event of the erasure tells of the chained ones."""
    redacted: list[tuple[str, bytes]] = []
    for lock in (LOCK_EVENTS, LOCK_ACTS) if is_actor else (LOCK_EVENTS,):
        # Until there is none: one that was written meanwhile may be chained already.
        while rows := transaction.all(lock, key):
            for row in rows:
                changed = transaction.one(FORGET, _forgotten(row, key["account_id"], pseudonym))
                if row.seq is not None:
                    digest = note_redaction(transaction, erasure_id, row, changed)
                    redacted.append((row.id, digest))
    return {"events": len(redacted), "digest": erasure_digest(redacted)}


def _forgotten(row: Row, account_id: str, pseudonym: str) -> dict[str, Any]:
    """What an event keeps: its own person's events lose more than those of acts on others."""
    values = {"event_id": row.id, "event_at": row.at}
    if row.account_id != account_id:
        kept = {"account": row.account_id, "session": row.session_id, "data": row.data}
        return values | {"new_actor": pseudonym} | {f"new_{name}": kept[name] for name in kept}
    return values | {
        "new_account": pseudonym,
        "new_actor": None if row.actor == account_id else row.actor,
        "new_session": None,
        "new_data": scrubbed(row.data),
    }


def _without_texts(value: Any) -> Any:
    return scrubbed(value) if isinstance(value, Mapping) else value


def _under(pseudonym: str, event: Event, erasure_id: str, what: Mapping[str, Any]) -> Event:
    return Event(
        type=EventType.ACCOUNT_ERASED,
        tenant_id=event.tenant_id,
        at=event.at,
        account_id=pseudonym,
        actor=None if event.actor == event.account_id else event.actor,
        data=what,
        id=erasure_id,
    )
