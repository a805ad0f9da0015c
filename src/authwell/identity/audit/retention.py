"""How long events stay in the database, and where they go afterwards (REQUIREMENTS.md L6)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from authwell.identity.audit import archive
from authwell.identity.audit.alarm import Alarm
from authwell.identity.audit.chaining import problem_at_end
from authwell.identity.audit.depots import Depot, DepotError
from authwell.identity.audit.oldest import verify_oldest
from authwell.identity.audit.tokens import AuditKeys
from authwell.storage.audit.chain.checkpoints import Checkpoints
from authwell.storage.audit.chain.reading import ChainReader
from authwell.storage.audit.chain.retention import oldest_events, take_away
from authwell.storage.audit.partitions import drop_partitions
from authwell.storage.database import Database
from authwell.storage.statements import Row
from authwell.utils.logs import get_logger

SEGMENT: Final = 5000
"""Events that are taken away at once, and the most that one segment holds."""
MOST_SEGMENTS: Final = 200
log = get_logger(__name__)


def kept_since(kept: timedelta, now: datetime) -> datetime:
    """From when on events stay: a day is taken away at once."""
    return datetime.combine((now - kept).date(), time(), now.tzinfo)


@dataclass(frozen=True, slots=True)
class Retention:
    """Takes away what is past its time, a day at once.

    Attributes:
        keys: sign the new beginnings, and the segments.
        kept: for so long events stay.
        depot: where segments go before they are taken away; None: they are deleted.
        segment: events at once.
        count_alarm: counts a log that is found to be broken, of which nothing is taken.
    """

    database: Database
    keys: AuditKeys
    kept: timedelta
    depot: Depot | None = None
    segment: int = SEGMENT
    count_alarm: Callable[[], None] = lambda: None

    def run(self, now: datetime) -> dict[str, int]:
        """Do what there is; how many events were taken away, and of how many tenants."""
        before = kept_since(self.kept, now)
        taken = {chain.tenant_id: self._run(chain, before, now) for chain in self._chains()}
        drop_partitions(self.database, before)
        done = {"events": sum(taken.values()), "tenants": sum(map(bool, taken.values()))}
        return {name: number for name, number in done.items() if number}

    def _chains(self) -> list[Row]:
        return Checkpoints(self.database).chains()

    def _run(self, chain: Row, before: datetime, now: datetime) -> int:
        """Verify what is past its time, and take it away segment by segment."""
        taken, present = 0, chain
        if not oldest_events(self.database, chain, before, 1) or not self._holds(
            chain, before, now
        ):
            return 0
        for _ in range(MOST_SEGMENTS):
            events = oldest_events(self.database, present, before, self.segment)
            if not events or not self._may_sign(present, now):
                break
            if not self._archive(present, events, now):
                break
            moved = present._replace(base_seq=events[-1].seq, base_hash=events[-1].hash)
            if take_away(self.database, present, events, self.keys.checkpoint(moved, now), now):
                taken += len(events)
            present = Checkpoints(self.database).chain(chain.tenant_id) or present
        return taken

    def _holds(self, chain: Row, before: datetime, now: datetime) -> bool:
        most = MOST_SEGMENTS * self.segment
        findings = verify_oldest(self.database, self.keys, chain, before, most).findings
        if findings:
            Alarm(self.database, self.count_alarm).sound(chain.tenant_id, findings[0], now)
        return not findings

    def _may_sign(self, chain: Row, now: datetime) -> bool:
        problem = problem_at_end(self.database, self.keys, chain)
        if problem is not None:
            Alarm(self.database, self.count_alarm).sound(chain.tenant_id, problem, now)
        return problem is None

    def _archive(self, chain: Row, events: list[Row], now: datetime) -> bool:
        """Keep a segment elsewhere; nothing is deleted that could not be kept."""
        if self.depot is None:
            return True
        reader = ChainReader(self.database, chain.tenant_id)
        name = archive.segment_name(chain.tenant_id, events[0].seq, events[-1].seq)
        try:
            packed = archive.pack(reader, self.keys, chain.base_hash, events, now)
            self.depot.put(name, packed)
        except DepotError as error:
            log.warning("audit.not_archived", segment=name, problem=str(error))
            return False
        return True
