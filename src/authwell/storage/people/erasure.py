"""Erasing an account: all rows of the person go, and the audit log keeps a pseudonym.

The pseudonym is random, so that nobody can tell whose events they were; they still tell that the
same person did them (THREATS.md LG-06). One transaction does all of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, delete, null, select, update

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.access.held import EVERYBODY, read_held
from authwell.storage.audit.chain.redactions import erasure_digest, note_redaction
from authwell.storage.audit.events import add_event
from authwell.storage.database import Database, Transaction
from authwell.storage.people.deletion import end_sessions
from authwell.storage.people.superusers import keeping_superusers
from authwell.storage.statements import Row, Statement
from authwell.utils.randomness import new_id

KEPT_MEMBERS = frozenset(
    {
        *("acr", "action", "again", "amr", "by", "factor", "failures", "grant_type", "members"),
        *("hours", "kilometres", "kind", "locked_until", "method", "reason", "rule", "scope"),
    }
)
"""Members of an event's data that say nothing of who somebody is. Of all others only numbers and
truth values are kept: whatever a later event holds is forgotten unless it is named here."""

GIVING = frozenset(
    {
        EventType.ACCOUNT_ROLES_CHANGED,
        *(EventType.GROUP_MEMBER_ADDED, EventType.GROUP_MEMBER_REMOVED),
        *(EventType.RESOURCE_GRANT_CREATED, EventType.RESOURCE_GRANT_DELETED),
    }
)
"""Events about an account after which it held more or less."""

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
# Only who held something can have acted on others; no index leads to them.
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
        redacted = _pseudonymise(transaction, LOCK_EVENTS, key, pseudonym, erasure_id)
        if row.roles or _may_have_acted(transaction, key, redacted):
            redacted += _pseudonymise(transaction, LOCK_ACTS, key, pseudonym, erasure_id)
        with keeping_superusers(transaction, event.tenant_id, str(event.account_id), row.status):
            transaction.all(DELETE_ACCOUNT, key)
        chained = [(one.id, digest) for one, digest in redacted if digest is not None]
        what = {"events": len(chained), "digest": erasure_digest(chained)}
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
    lock: Statement,
    key: Mapping[str, Any],
    pseudonym: str,
    erasure_id: str,
) -> list[tuple[Row, bytes | None]]:
    """Forget who it was in events; each as it was, with the digest of the change if it is chained.

    Until there is none: one that was written meanwhile may be chained already.
    """
    redacted: list[tuple[Row, bytes | None]] = []
    while rows := transaction.all(lock, key):
        for row in rows:
            changed = transaction.one(FORGET, _forgotten(row, key["account_id"], pseudonym))
            is_chained = row.seq is not None
            digest = note_redaction(transaction, erasure_id, row, changed) if is_chained else None
            redacted.append((row, digest))
    return redacted


def _may_have_acted(
    transaction: Transaction, key: Mapping[str, Any], events: Sequence[tuple[Row, bytes | None]]
) -> bool:
    """Whether the account could ever do something to others: it holds something, or once did.

    What it held came to it by an event about it, or went by one that is no older than its acts.
    """
    held = read_held(transaction, key["tenant_id"], key["account_id"])
    if held.permissions or held.grants or held.roles - {EVERYBODY}:
        return True
    return any(row.type in GIVING or _tells_of_roles(row.data) for row, _ in events)


def _tells_of_roles(data: Mapping[str, Any]) -> bool:
    return bool(data.get("roles")) or "roles" in data.get("members", ())


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
