"""Erasing an account: all rows of the person go, and the audit log keeps a pseudonym.

The pseudonym is random, so that nobody can tell whose events they were; they still tell that the
same person did them (THREATS.md LG-06). One transaction does all of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, case, delete, null, select, update

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit import add_event
from authwell.storage.database import Database, Transaction
from authwell.storage.deletion import end_sessions
from authwell.storage.statements import Statement
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
_OF_ACCOUNT = and_(audit_events.c.tenant_id == _TENANT_ID, audit_events.c.account_id == _ACCOUNT_ID)
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
LIST_EVENTS = Statement(
    select(audit_events.c.id, audit_events.c.at, audit_events.c.data).where(_OF_ACCOUNT)
)
SCRUB_EVENT = Statement(
    update(audit_events)
    .where(
        audit_events.c.id == bindparam("event_id"),
        audit_events.c.at == bindparam("event_at", type_=UtcDateTime()),
    )
    .values(data=bindparam("data", type_=audit_events.c.data.type))
)
FORGET_WHO = Statement(
    update(audit_events)
    .where(_OF_ACCOUNT)
    .values(
        account_id=bindparam("pseudonym"),
        actor=case((audit_events.c.actor == _ACCOUNT_ID, null()), else_=audit_events.c.actor),
        address=null(),
        user_agent=null(),
        session_id=null(),
    )
)
# Only who had a role can have acted on others; no index leads to them.
FORGET_ACTOR = Statement(
    update(audit_events)
    .where(audit_events.c.tenant_id == _TENANT_ID, audit_events.c.actor == _ACCOUNT_ID)
    .values(actor=bindparam("pseudonym"), address=null(), user_agent=null())
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
        pseudonym = _pseudonymise(transaction, key, is_actor=bool(row.roles))
        transaction.all(DELETE_ACCOUNT, key)
        add_event(transaction, _under(pseudonym, event))
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


def _pseudonymise(transaction: Transaction, key: Mapping[str, Any], *, is_actor: bool) -> str:
    for row in transaction.all(LIST_EVENTS, key):
        data = scrubbed(row.data)
        if data != row.data:
            values = {"event_id": row.id, "event_at": row.at, "data": data}
            transaction.all(SCRUB_EVENT, values)
    pseudonym = new_id()
    transaction.all(FORGET_WHO, {**key, "pseudonym": pseudonym})
    if is_actor:
        transaction.all(FORGET_ACTOR, {**key, "pseudonym": pseudonym})
    return pseudonym


def _without_texts(value: Any) -> Any:
    return scrubbed(value) if isinstance(value, Mapping) else value


def _under(pseudonym: str, event: Event) -> Event:
    return Event(
        type=EventType.ACCOUNT_ERASED,
        tenant_id=event.tenant_id,
        at=event.at,
        account_id=pseudonym,
        actor=None if event.actor == event.account_id else event.actor,
    )
