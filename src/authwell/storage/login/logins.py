"""What a login by password leaves behind when no session keeps it."""

from sqlalchemy import bindparam, update

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.protocol.model import Event
from authwell.storage.changes import Change, NewRow
from authwell.storage.database import Database
from authwell.storage.values import event_values

NOTE_SUCCESS = Change(
    update(accounts)
    .where(
        accounts.c.id == bindparam("event_account_id"),
        accounts.c.tenant_id == bindparam("event_tenant_id"),
    )
    .values(last_login_at=bindparam("event_at", type_=UtcDateTime()))
    .returning(accounts.c.id),
    NewRow(audit_events, "event"),
)


class Logins:
    """The traces of logins of all tenants."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def note_success(self, event: Event) -> None:
        """Remember the time of the login of the event's account."""
        NOTE_SUCCESS.make(self._database, event_values(event))
