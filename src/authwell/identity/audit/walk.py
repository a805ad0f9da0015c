"""Reading a chain from its base, with what is found on the way (THREATS.md LG-04)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from authwell.protocol.events import EventType
from authwell.storage.audit.chain import hashes
from authwell.storage.audit.chain.reading import ChainReader
from authwell.storage.audit.chain.redactions import erasure_digest
from authwell.storage.statements import Row

LATE: Final = timedelta(hours=1)
"""An event that is so much older than those before it was not written when it says."""


@dataclass(slots=True)
class Report:
    """What was found in one tenant's log."""

    tenant_id: str
    events: int = 0
    first: int = 0
    last: int = 0
    waiting: int = 0
    checkpoints: int = 0
    findings: list[str] = field(default_factory=list[str])

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass(slots=True)
class Walk:
    """The state of reading one chain from its base to its end.

    `judges_times`: whether an event that says it is older than those before it is a finding.
    """

    reader: ChainReader
    report: Report
    seq: int
    hash: bytes
    judges_times: bool = True
    newest: datetime | None = None
    wanted: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    """Numbers that checkpoints name, with what they say the hash is."""
    erased: dict[str, str] = field(default_factory=dict[str, str])
    """What events of erasures say of what they have changed."""

    def follow(self, row: Row) -> None:
        """Take one event."""
        self.report.events += 1
        if row.seq <= self.seq:
            self._find(f"event {row.id} was inserted: number {row.seq} is another's")
            return
        if row.seq > self.seq + 1:
            self._find(f"events {self.seq + 1} to {row.seq - 1} are missing")
        elif hashes.next_hash(self.hash, row.seq, self._content(row)) != row.hash:
            self._find(f"event {row.seq} ({row.id}) was changed, or stands in another place")
        if self.judges_times and self.newest is not None and row.at < self.newest - LATE:
            self._find(f"event {row.seq} ({row.id}) was inserted later than it says")
        for said in self.wanted.pop(row.seq, ()):
            self._compare(row.seq, row.hash, said)
        if row.type == EventType.ACCOUNT_ERASED and "digest" in row.data:
            self.erased[row.id] = str(row.data["digest"])
        self.seq, self.hash = row.seq, row.hash or b""
        self.newest = max(row.at, self.newest or row.at)

    def want(self, claims: dict[str, Any]) -> None:
        """Hold what a checkpoint says against the event that it names, which was or will be met."""
        seq, said = int(claims["seq"]), str(claims["hash"])
        if seq == self.seq:
            self._compare(seq, self.hash, said)
        else:
            self.wanted.setdefault(seq, set()).add(said)

    def judge_rest(self, base: int) -> None:
        """Find checkpoints of events that were not met, and are not taken away: the log was cut."""
        gone = sorted(seq for seq in self.wanted if seq > max(base, self.seq))
        if gone:
            self._find(f"the log was cut: a checkpoint names event {gone[-1]}")

    def judge_erasures(self) -> None:
        """Find erasures that have changed something else than their own event says."""
        changed: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
        for row in self.reader.erasures():
            changed[row.erasure_id].append((row.event_id, row.redacted))
        for erasure_id, rows in changed.items():
            said = self.erased.get(erasure_id) or self.reader.later_erasure(erasure_id, self.seq)
            if said is None:
                self._find(f"events were changed without an erasure ({erasure_id})")
            elif said != erasure_digest(rows):
                self._find(f"erasure {erasure_id} has changed something else")

    def _compare(self, seq: int, found: bytes | None, said: str) -> None:
        if found is None or said != found.hex():
            self._find(f"a checkpoint says something else of event {seq}")

    def _content(self, row: Row) -> bytes:
        """The digest that is chained; of an erased event the one that was noted then."""
        present = hashes.content_digest(row)
        if row.salt is not None:
            return present
        noted = self.reader.redactions(row.id)
        if not noted or noted[-1].redacted != present:
            return present
        return bytes(noted[0].original)

    def _find(self, what: str) -> None:
        self.report.findings.append(what)


def begin(reader: ChainReader, report: Report, chain: Row | None) -> Walk:
    """A walk that has read nothing yet."""
    if chain is None:
        return Walk(reader, report, 0, hashes.first_hash(reader.tenant_id))
    return Walk(reader, report, chain.base_seq, bytes(chain.base_hash))
