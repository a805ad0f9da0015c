"""The outbox: what leaves the house, written in the transaction of what caused it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from authwell.models.work import outbox
from authwell.storage.changes import NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.queues import Queue
from authwell.storage.statements import Statement
from authwell.utils.randomness import new_id

CLAIMED_FOR = timedelta(minutes=2)

ADD_ENTRY = Statement(NewRow(outbox, "new").alone())
_QUEUE = Queue(outbox, due="available_at")


@dataclass(frozen=True, slots=True)
class Entry:
    """A mail, webhook or logout token on its way; `attempts` counts this claim too."""

    tenant_id: str
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    attempts: int = 0
    id: str = field(default_factory=new_id)


class Outbox:
    """Entries are added by a transaction, and claimed, sent and finished by a worker."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def add(self, transaction: Transaction, entry: Entry) -> None:
        """Put an entry into the outbox if the transaction commits."""
        values = {
            "new_id": entry.id,
            "new_tenant_id": entry.tenant_id,
            "new_kind": entry.kind,
            "new_payload": dict(entry.payload),
            "new_created_at": entry.created_at,
            "new_available_at": entry.created_at,
            "new_attempts": 0,
            "new_claimed_until": None,
            "new_done_at": None,
            "new_last_error": None,
        }
        transaction.all(ADD_ENTRY, values)

    def claim(self, now: datetime, limit: int = 10) -> tuple[Entry, ...]:
        """Claim entries to be sent; who does not finish them loses them after two minutes."""
        rows = _QUEUE.claim(self._database, now, limit, CLAIMED_FOR)
        return tuple(
            Entry(row.tenant_id, row.kind, row.payload, row.created_at, row.attempts, row.id)
            for row in rows
        )

    def finish(self, entry: Entry, now: datetime) -> bool:
        """Note that it was sent; False if the claim was lost meanwhile."""
        return _QUEUE.finish(self._database, entry, now)

    def fail(self, entry: Entry, error: str, now: datetime) -> bool:
        """Try again later; False if the claim was lost meanwhile."""
        return _QUEUE.fail(self._database, entry, error, now)
