"""What follows when the log of a tenant is not what was written (THREATS.md LG-04)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import AuditLog
from authwell.storage.audit.views import AuditViews
from authwell.storage.database import Database
from authwell.storage.pages import Wanted
from authwell.utils.logs import get_logger

EVERY: Final = timedelta(hours=1)
"""The jobs find the same again each time; one alarm in this time is enough."""
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Tells of a broken log by a line of the server's log, a figure, and an event.

    Attributes:
        database: where the event goes.
        count: counts the alarm.
    """

    database: Database
    count: Callable[[], None] = lambda: None

    def sound(self, tenant_id: str, problem: str, now: datetime) -> None:
        """Tell of it, once in an hour for each tenant."""
        earlier = {"type": EventType.AUDIT_BROKEN, "since": now - EVERY}
        if AuditViews(self.database, tenant_id).page(Wanted("-at", 1), earlier).rows:
            return
        log.error(
            "audit.broken", tenant_id=tenant_id, problem=problem, remedy="authwell audit verify"
        )
        self.count()
        data = {"problem": problem}
        AuditLog(self.database).add(Event(EventType.AUDIT_BROKEN, tenant_id, now, data=data))
