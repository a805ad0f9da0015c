"""What else in the database must have left events: accounts that were made, and logins."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, bindparam, exists, literal_column, select, union_all

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.sessions import sessions
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement

MOST: Final = 3
_TENANT: Any = bindparam("tenant_id")
_SINCE: Any = bindparam("since", type_=UtcDateTime())
_MADE = select(
    literal_column("'account'").label("kind"), accounts.c.id.label("id"), accounts.c.created_at
).where(
    accounts.c.tenant_id == _TENANT,
    accounts.c.created_at >= _SINCE,
    ~exists().where(
        audit_events.c.account_id == accounts.c.id, audit_events.c.tenant_id == _TENANT
    ),
)
_LOGGED_IN = select(
    literal_column("'session'").label("kind"), sessions.c.id.label("id"), sessions.c.created_at
).where(
    sessions.c.tenant_id == _TENANT,
    sessions.c.created_at >= _SINCE,
    ~exists().where(
        audit_events.c.account_id == sessions.c.account_id,
        audit_events.c.tenant_id == _TENANT,
        audit_events.c.at >= sessions.c.created_at,
    ),
)
_both = union_all(_MADE, _LOGGED_IN).subquery()
UNTOLD = Statement(
    select(_both).order_by(_both.c.created_at).limit(bindparam("limit", type_=Integer()))
)


def untold(database: Database, tenant_id: str, since: datetime) -> list[Row]:
    """Some accounts and sessions of a tenant that no event tells of, though they began since."""
    key = {"tenant_id": tenant_id, "since": since, "limit": MOST}
    return database.all(UNTOLD, key)
