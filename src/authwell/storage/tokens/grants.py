"""Grants as a whole: started without a code, revoked, listed."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select, update

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.grants import grants
from authwell.models.tokens import access_tokens, refresh_tokens
from authwell.models.work import outbox
from authwell.protocol.model import Event, Grant
from authwell.protocol.records import NewAccessToken, NewRefreshToken
from authwell.storage.audit.alerts import alert_of
from authwell.storage.changes import Change, NewRow, Step
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.storage.tokens.standing import GRANT_COLUMNS, read_grant, with_all_that_can_end_it
from authwell.storage.values import access_values, event_values, grant_values, refresh_values
from authwell.storage.work.outbox import entry_values

_NEW_EVENT = NewRow(audit_events, "event")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_END = {"revoked_at": _NOW, "revoked_reason": bindparam("reason")}

_END_GRANT = (
    update(grants)
    .where(
        grants.c.id == bindparam("grant_id"),
        grants.c.tenant_id == bindparam("tenant_id"),
        grants.c.revoked_at.is_(None),
    )
    .values(_END)
    .returning(grants.c.id)
)
REVOKE_GRANT = Change(_END_GRANT, _NEW_EVENT)
REVOKE_WITH_ALERT = Change(_END_GRANT, _NEW_EVENT, NewRow(outbox, "new"))

REVOKE_BETWEEN = Statement(
    update(grants)
    .where(
        grants.c.tenant_id == bindparam("tenant_id"),
        grants.c.account_id == bindparam("account_id"),
        grants.c.client_id == bindparam("client_id"),
        grants.c.revoked_at.is_(None),
    )
    .values(_END)
    .returning(grants.c.id)
)

ADD_EVENT = Statement(_NEW_EVENT.alone())

LIST_GRANTS = Statement(
    select(*GRANT_COLUMNS)
    .select_from(with_all_that_can_end_it(grants, grants.c.tenant_id, grants.c.client_id))
    .where(
        grants.c.tenant_id == bindparam("tenant_id"),
        grants.c.account_id == bindparam("account_id"),
        grants.c.revoked_at.is_(None),
        grants.c.expires_at > _NOW,
    )
    .order_by(grants.c.id)
)


@cache
def start_grant(*, refresh: bool, access: bool) -> Change:
    """Keep a grant with the tokens that have rows."""
    steps: list[Step] = [_NEW_EVENT]
    if refresh:
        steps.append(NewRow(refresh_tokens, "refresh"))
    if access:
        steps.append(NewRow(access_tokens, "access"))
    return Change(NewRow(grants, "grant").alone().returning(grants.c.id), *steps)


class SqlGrants:
    """The port `Grants` over SQL, and what a person sees of it."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def start(
        self,
        grant: Grant,
        event: Event,
        refresh_token: NewRefreshToken | None = None,
        access_token: NewAccessToken | None = None,
    ) -> None:
        """Keep a grant that comes without a code, with its tokens."""
        values = {**grant_values(grant), **event_values(event)}
        if refresh_token is not None:
            owner: dict[str, Any] = {
                "tenant_id": grant.tenant_id,
                "client_id": grant.client_id,
                "grant_id": grant.id,
                "now": grant.created_at,
            }
            values |= refresh_values(refresh_token, owner)
        if access_token is not None:
            values |= access_values(access_token, grant.tenant_id)
        change = start_grant(refresh=refresh_token is not None, access=access_token is not None)
        change.make(self._database, values)

    def revoke(
        self, tenant_id: str, grant_id: str, reason: str, now: datetime, event: Event
    ) -> bool:
        """End the grant and thereby all its tokens; False if it had ended before."""
        key = {"tenant_id": tenant_id, "grant_id": grant_id, "reason": reason, "now": now}
        values = {**key, **event_values(event)}
        alert = alert_of(event)
        if alert is None:
            return REVOKE_GRANT.make(self._database, values) is not None
        values |= entry_values(alert)
        return REVOKE_WITH_ALERT.make(self._database, values) is not None

    def revoke_between(
        self, tenant_id: str, account_id: str, client_id: str, reason: str, event: Event
    ) -> int:
        """End all that the account allowed the client; how many grants there were."""
        key = {
            "tenant_id": tenant_id,
            "account_id": account_id,
            "client_id": client_id,
            "reason": reason,
            "now": event.at,
        }
        with self._database.transaction() as transaction:
            revoked = transaction.all(REVOKE_BETWEEN, key)
            if revoked:
                transaction.all(ADD_EVENT, event_values(event))
        return len(revoked)

    def list(self, tenant_id: str, account_id: str, now: datetime) -> tuple[Grant, ...]:
        """The account's grants that are neither revoked nor expired, oldest first."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "now": now}
        return tuple(read_grant(row, now) for row in self._database.all(LIST_GRANTS, key))
