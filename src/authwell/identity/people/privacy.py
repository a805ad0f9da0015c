"""What a person may ask of us: all that is held about them, and that it is erased.

Deleting one's account is `account_deletion`; after ACCOUNT_ERASE_DAYS the clean-up erases it.
"""

from typing import Any

from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from authwell.storage.people import erasure
from authwell.storage.people.personal_data import personal_data

VERSION = 1
"""Of the document."""


class Privacy:
    """Exports and erases."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database
        self._audit = AuditLog(database)

    def export(self, event: Event) -> dict[str, Any] | None:
        """All that is held about the event's account, as one JSON document; None if there is none.

        Args:
            event: of any type; that somebody took the data is kept in the audit log.
        """
        found = personal_data(self._database, event.tenant_id, event.account_id or "")
        if found["account"] is None:
            return None
        self._audit.add(
            Event(
                type=EventType.ACCOUNT_EXPORTED,
                tenant_id=event.tenant_id,
                at=event.at,
                account_id=event.account_id,
                actor=event.actor,
                address=event.address,
                user_agent=event.user_agent,
                request_id=event.request_id,
            )
        )
        return {"version": VERSION, "exported_at": event.at.isoformat(), **found}

    def erase(self, event: Event) -> str | None:
        """Erase the event's account now; the pseudonym in the audit log, None if there is none."""
        return erasure.erase(self._database, event)
