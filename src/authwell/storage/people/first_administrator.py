"""The handles by which a server gets its first administrator (REQUIREMENTS.md K16, G13).

They are rows of `handles`: one that the terminal shows, and one of the account that
DEFAULT_ADMIN_PASSWORD made and that has not changed this password yet.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from authwell.models.base import UtcDateTime
from authwell.models.handles import handles
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Statement

SHOWN = "first_administrator"
"""`handles.kind` of the one that a terminal shows."""
OWED = "default_password"
"""The same of an account that owes a change of its password."""

_NOW: Any = bindparam("now", type_=UtcDateTime())
_STANDS = (
    handles.c.tenant_id == bindparam("tenant_id"),
    handles.c.kind == bindparam("kind"),
    handles.c.consumed_at.is_(None),
)
DROP_SHOWN = Statement(update(handles).where(*_STANDS).values(consumed_at=_NOW))
FIND_OWED = Statement(
    select(handles.c.digest).where(*_STANDS, handles.c.account_id == bindparam("account_id"))
)
TAKE_OWED = Statement(
    update(handles)
    .where(*_STANDS, handles.c.account_id == bindparam("account_id"))
    .values(consumed_at=_NOW)
    .returning(handles.c.digest)
)


def drop_shown(transaction: Transaction, tenant_id: str, now: datetime) -> None:
    """Make what terminals have shown worthless."""
    transaction.all(DROP_SHOWN, {"tenant_id": tenant_id, "kind": SHOWN, "now": now})


def owes_change(database: Database, tenant_id: str, account_id: str) -> bool:
    """Whether an account still has the password of the settings."""
    key = {"tenant_id": tenant_id, "account_id": account_id, "kind": OWED}
    return database.one(FIND_OWED, key) is not None


def take_owed(transaction: Transaction, tenant_id: str, account_id: str, now: datetime) -> bool:
    """Note that the account has another password now; whether it owed that."""
    key = {"tenant_id": tenant_id, "account_id": account_id, "kind": OWED, "now": now}
    return bool(transaction.all(TAKE_OWED, key))
