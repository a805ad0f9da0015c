"""The end of an account that may be given back: one transaction over all that it could do."""

from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, null, update

from authwell.models.accounts import accounts
from authwell.models.api_keys import api_keys
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.devices import devices
from authwell.models.handles import handles
from authwell.models.sessions import sessions
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.changes import NewRow
from authwell.storage.database import Transaction
from authwell.storage.login.endings import tell_clients
from authwell.storage.statements import Statement
from authwell.storage.values import event_values

_NOW: Any = bindparam("now", type_=UtcDateTime())
_TENANT_ID: Any = bindparam("tenant_id")
_ACCOUNT_ID: Any = bindparam("account_id")
_IS_THE_ACCOUNT = (accounts.c.id == _ACCOUNT_ID, accounts.c.tenant_id == _TENANT_ID)

MARK_DELETED = Statement(
    update(accounts)
    .where(*_IS_THE_ACCOUNT, accounts.c.status != "deleted")
    .values(status="deleted", deleted_at=_NOW, not_before=_NOW, updated_at=_NOW)
    .returning(accounts.c.id)
)
MARK_ACTIVE = Statement(
    update(accounts)
    .where(*_IS_THE_ACCOUNT, accounts.c.status == "deleted")
    .values(status="active", deleted_at=null(), updated_at=_NOW)
    .returning(accounts.c.id)
)
END_TOKENS = Statement(update(accounts).where(*_IS_THE_ACCOUNT).values(not_before=_NOW))
END_SESSIONS = Statement(
    update(sessions)
    .where(
        sessions.c.tenant_id == _TENANT_ID,
        sessions.c.account_id == _ACCOUNT_ID,
        sessions.c.ended_at.is_(None),
    )
    .values(ended_at=_NOW)
    .returning(sessions.c.id, sessions.c.tenant_id, sessions.c.account_id)
)
_ENDED_WITH_IT = (
    Statement(
        update(api_keys)
        .where(
            api_keys.c.tenant_id == _TENANT_ID,
            api_keys.c.account_id == _ACCOUNT_ID,
            api_keys.c.revoked_at.is_(None),
        )
        .values(revoked_at=_NOW)
    ),
    Statement(
        update(devices)
        .where(
            devices.c.tenant_id == _TENANT_ID,
            devices.c.account_id == _ACCOUNT_ID,
            devices.c.revoked_at.is_(None),
        )
        .values(revoked_at=_NOW, trusted_until=null())
    ),
    Statement(
        update(handles)
        .where(
            handles.c.tenant_id == _TENANT_ID,
            handles.c.account_id == _ACCOUNT_ID,
            handles.c.consumed_at.is_(None),
        )
        .values(consumed_at=_NOW)
    ),
)
ADD_EVENT = Statement(NewRow(audit_events, "event").alone())


def delete_softly(transaction: Transaction, event: Event) -> bool:
    """Shut the event's account out and end all that it holds; False if it was deleted before."""
    key = _key(event)
    if transaction.one(MARK_DELETED, key) is None:
        return False
    end_sessions(transaction, event)
    for statement in _ENDED_WITH_IT:
        transaction.all(statement, key)
    transaction.all(ADD_EVENT, event_values(replace(event, type=EventType.ACCOUNT_DELETED)))
    return True


def end_sessions(transaction: Transaction, event: Event) -> None:
    """End all sessions of the event's account, and leave word for their clients."""
    tell_clients(transaction, transaction.all(END_SESSIONS, _key(event)), event.at)


def end_tokens(transaction: Transaction, event: Event) -> None:
    """Let nothing stand that the event's account was given before."""
    transaction.all(END_TOKENS, _key(event))


def restore(transaction: Transaction, event: Event) -> bool:
    """Let the event's account in again; False if it is not deleted."""
    if transaction.one(MARK_ACTIVE, _key(event)) is None:
        return False
    transaction.all(ADD_EVENT, event_values(replace(event, type=EventType.ACCOUNT_RESTORED)))
    return True


def _key(event: Event) -> dict[str, Any]:
    return {"tenant_id": event.tenant_id, "account_id": event.account_id, "now": event.at}
