"""What people change of their own account, in one statement that loses nobody else's change."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.protocol.model import Event
from authwell.storage.changes import Change, NewRow
from authwell.storage.database import Database
from authwell.storage.values import event_values

_OWN = ("username", "username_canonical", "full_name", "locale", "claims")

UPDATE_PROFILE = Change(
    update(accounts)
    .where(
        accounts.c.id == bindparam("account_id"),
        accounts.c.tenant_id == bindparam("tenant_id"),
        accounts.c.status == "active",
        accounts.c.updated_at == bindparam("seen", type_=UtcDateTime()),
    )
    .values(
        {name: bindparam(f"new_{name}", type_=accounts.c[name].type) for name in _OWN}
        | {"updated_at": bindparam("now", type_=UtcDateTime())}
    )
    .returning(accounts.c.id),
    NewRow(audit_events, "event"),
)


def write_profile(
    database: Database, seen: datetime, values: Mapping[str, Any], event: Event
) -> bool:
    """Write a profile; False if the account changed after `seen`, or may do nothing.

    Args:
        database: where it is.
        seen: `updated_at` of what the change was made of.
        values: each of `username`, `username_canonical`, `full_name`, `locale` and `claims`.
        event: with the account that it is about.

    Raises:
        Conflict: the user name is taken.
    """
    key = {"tenant_id": event.tenant_id, "account_id": event.account_id}
    new = {f"new_{name}": values[name] for name in _OWN}
    parameters = {**key, **new, "seen": seen, "now": event.at, **event_values(event)}
    return UPDATE_PROFILE.make(database, parameters) is not None
