"""Whether the audit log is what was written: `authwell audit verify` (THREATS.md LG-04).

Edits, deletions, insertions and another order break the chain itself. Who recomputes the whole
chain cannot sign its end; who puts an older signed end back is caught by a checkpoint that was
shipped off the machine.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from authwell.identity.audit.tokens import CHECKPOINT, AuditKeys, ends_are_signed, token_digest
from authwell.protocol.events import EventType
from authwell.storage.chain import hashes
from authwell.storage.chain.checkpoints import Checkpoints
from authwell.storage.chain.reading import ChainReader
from authwell.storage.chain.redactions import erasure_digest
from authwell.storage.database import Database
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
class _Walk:
    """The state of reading one chain from its base to its end."""

    reader: ChainReader
    report: Report
    seq: int
    hash: bytes
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
        if self.newest is not None and row.at < self.newest - LATE:
            self._find(f"event {row.seq} ({row.id}) was inserted later than it says")
        self._compare(row.seq, row.hash)
        if row.type == EventType.ACCOUNT_ERASED and "digest" in row.data:
            self.erased[row.id] = str(row.data["digest"])
        self.seq, self.hash = row.seq, row.hash or b""
        self.newest = max(row.at, self.newest or row.at)

    def _compare(self, seq: int, found: bytes | None) -> None:
        for said in self.wanted.pop(seq, ()):
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


def verify_tenant(
    database: Database, keys: AuditKeys, tenant_id: str, shipped: Iterable[str] = ()
) -> Report:
    """Read a tenant's whole log.

    Args:
        database: where it is.
        keys: that signed.
        tenant_id: whose.
        shipped: tokens of checkpoints that left the machine.
    """
    report, reader = Report(tenant_id), ChainReader(database, tenant_id)
    chain = Checkpoints(database).chain(tenant_id)
    walk = _begin(reader, report, chain)
    _want_kept(database, keys, chain, walk)
    _want_shipped(keys, walk, shipped)
    _want_end(keys, chain, walk)
    report.first = walk.seq + 1
    for row in reader.events():
        walk.follow(row)
    report.last, report.waiting = walk.seq, reader.waiting()
    if chain is not None and walk.seq < chain.seq:
        report.findings.append(f"events {walk.seq + 1} to {chain.seq} are missing at the end")
    if chain is not None and walk.seq == chain.seq and walk.hash != chain.hash:
        report.findings.append("the end of the chain is another than was noted")
    _judge_rest(chain, walk)
    _judge_erasures(reader, walk)
    return report


def _begin(reader: ChainReader, report: Report, chain: Row | None) -> _Walk:
    if chain is None:
        return _Walk(reader, report, 0, hashes.first_hash(reader.tenant_id))
    return _Walk(reader, report, chain.base_seq, bytes(chain.base_hash))


def _want_kept(database: Database, keys: AuditKeys, chain: Row | None, walk: _Walk) -> None:
    """Each kept checkpoint names the one before, and the signed end of the chain names the last."""
    findings, last, unproven = walk.report.findings, None, 0
    for checkpoint in Checkpoints(database).kept(walk.reader.tenant_id):
        walk.report.checkpoints += 1
        claims = keys.peek(checkpoint.token)
        if claims is None or claims.get("seq") != checkpoint.seq:
            findings.append(f"checkpoint {checkpoint.seq} is damaged")
            continue
        if last is not None and claims["previous"] != last:
            findings.append(f"a checkpoint before {checkpoint.seq} is missing")
        # The key of an older one may be gone: who signed the next has vouched for it.
        unproven = 0 if keys.open(checkpoint.token, CHECKPOINT) else checkpoint.seq
        last = token_digest(checkpoint.token).hex()
        _want(walk, claims)
    token = chain.token if chain is not None else None
    end = keys.open(token, CHECKPOINT) if token is not None else None
    if end is None and unproven:
        findings.append(f"checkpoint {unproven} has no good signature")
    # The last one that was kept is named by the end, or is the end.
    if end is not None and last not in {end["previous"], token_digest(token or "").hex()}:
        findings.append("the last kept checkpoints are missing")


def _want_shipped(keys: AuditKeys, walk: _Walk, shipped: Iterable[str]) -> None:
    for token in shipped:
        claims = keys.open(token.strip(), CHECKPOINT) or {}
        if not claims:
            walk.report.findings.append("a shipped checkpoint has no good signature")
        elif claims["tenant"] == walk.reader.tenant_id:
            walk.report.checkpoints += 1
            _want(walk, claims)


def _want_end(keys: AuditKeys, chain: Row | None, walk: _Walk) -> None:
    """The signature of both ends; what was chained in this second is signed in the next."""
    if chain is None:
        return
    claims = keys.open(chain.token, CHECKPOINT) if chain.token is not None else None
    if chain.token is not None and claims is None:
        walk.report.findings.append("the end of the chain has no good signature")
    elif not ends_are_signed(chain, claims):
        walk.report.findings.append("the ends of the chain are not those that were signed")
    if claims is not None:
        _want(walk, claims)


def _want(walk: _Walk, claims: dict[str, Any]) -> None:
    walk.wanted.setdefault(int(claims["seq"]), set()).add(str(claims["hash"]))


def _judge_rest(chain: Row | None, walk: _Walk) -> None:
    """Checkpoints that name what was not met: past retention, or gone."""
    base = chain.base_seq if chain is not None else 0
    gone = sorted(seq for seq in walk.wanted if seq > max(base, walk.seq))
    if gone:
        walk.report.findings.append(f"the log was cut: a checkpoint names event {gone[-1]}")


def _judge_erasures(reader: ChainReader, walk: _Walk) -> None:
    """What was changed by an erasure is what its own event says."""
    changed: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for row in reader.erasures():
        changed[row.erasure_id].append((row.event_id, row.redacted))
    for erasure_id, rows in changed.items():
        said = walk.erased.get(erasure_id)
        if said is not None and said != erasure_digest(rows):
            walk.report.findings.append(f"erasure {erasure_id} has changed something else")
        # Only an erasure of this moment has an event that was not met on the way.
        if said is None and not reader.is_after(erasure_id, walk.seq):
            walk.report.findings.append(f"events were changed without an erasure ({erasure_id})")
