"""Audit events: added with the change that they tell of, read by administrators."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, bindparam, literal_column, or_, select

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.alerts import alert_of
from authwell.storage.changes import NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement
from authwell.storage.values import event_values
from authwell.storage.work.outbox import add_entry

ADD_EVENT = Statement(NewRow(audit_events, "event").alone())
LIST_EVENTS = Statement(
    select(audit_events)
    .where(
        audit_events.c.tenant_id == bindparam("tenant_id"),
        audit_events.c.at < bindparam("before", type_=UtcDateTime()),
    )
    .order_by(audit_events.c.at.desc(), audit_events.c.id.desc())
    .limit(bindparam("limit", type_=Integer()))
)
_BEFORE: Any = bindparam("before", type_=UtcDateTime())
_OF_ACCOUNT = (
    select(audit_events)
    .where(
        audit_events.c.tenant_id == bindparam("tenant_id"),
        audit_events.c.account_id == bindparam("account_id"),
        or_(
            audit_events.c.at < _BEFORE,
            and_(audit_events.c.at == _BEFORE, audit_events.c.id < bindparam("before_id")),
        ),
    )
    .order_by(audit_events.c.at.desc(), audit_events.c.id.desc())
    .limit(bindparam("limit", type_=Integer()))
)
LIST_OF_ACCOUNT = Statement(_OF_ACCOUNT)
LIST_WITHOUT_STEPS = Statement(
    _OF_ACCOUNT.where(
        *(
            audit_events.c.type != literal_column(f"'{step}'")
            for step in (
                EventType.CODE_REDEEMED,
                EventType.TOKEN_REFRESHED,
                EventType.ACCESS_TOKEN_REVOKED,
                EventType.TOKENS_ISSUED,
                EventType.MAIL_DELIVERED,
                EventType.BACKCHANNEL_LOGOUT_DELIVERED,
                EventType.BACKCHANNEL_LOGOUT_FAILED,
            )
        )
    )
)


def add_event(transaction: Transaction, event: Event) -> None:
    """Keep an event if the transaction commits."""
    transaction.all(ADD_EVENT, event_values(event))


class AuditLog:
    """The audit log. Nothing in it is changed; the clean-up drops what is past its time."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def add(self, event: Event) -> None:
        """Keep an event that no other change carries, with the alert that it is."""
        alert = alert_of(event)
        if alert is None:
            self._database.write(ADD_EVENT, event_values(event))
            return
        with self._database.transaction() as transaction:
            add_event(transaction, event)
            add_entry(transaction, alert)

    def list(self, tenant_id: str, before: datetime, limit: int = 100) -> tuple[Event, ...]:
        """A tenant's events before a moment, the latest first."""
        key: dict[str, Any] = {"tenant_id": tenant_id, "before": before, "limit": limit}
        return tuple(read_event(row) for row in self._database.all(LIST_EVENTS, key))

    def list_of_account(
        self,
        tenant_id: str,
        account_id: str,
        *,
        before: datetime,
        before_id: str = "",
        limit: int = 100,
        with_steps: bool = True,
    ) -> tuple[Event, ...]:
        """An account's events, the latest first.

        Args:
            tenant_id: the account's.
            account_id: whose.
            before: the moment that they are older than.
            before_id: at that very moment, those with a smaller id count too.
            limit: how many at most.
            with_steps: whether the steps of applications' work are among them, such as refreshes.
        """
        statement = LIST_OF_ACCOUNT if with_steps else LIST_WITHOUT_STEPS
        key: dict[str, Any] = {"tenant_id": tenant_id, "account_id": account_id, "limit": limit}
        key |= {"before": before, "before_id": before_id}
        return tuple(read_event(row) for row in self._database.all(statement, key))


def read_event(row: Row) -> Event:
    """A row as a value."""
    return Event(
        type=row.type,
        tenant_id=row.tenant_id,
        at=row.at,
        account_id=row.account_id,
        client_id=row.client_id,
        session_id=row.session_id,
        actor=row.actor,
        address=row.address,
        user_agent=row.user_agent,
        request_id=row.request_id,
        data=row.data,
        id=row.id,
    )
