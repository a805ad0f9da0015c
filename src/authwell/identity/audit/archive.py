"""Segments of the chain that were taken out of the database: compressed, signed, verifiable.

A segment is JSON Lines in gzip. The first line is a JWS that names the tenant, the first and the
last event, the hash before and the hash after, and the SHA-256 of the other lines; each of these
is an event with its number, its salt and its hash.
"""

import gzip
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from authwell.identity.audit.depots import Depot
from authwell.identity.audit.tokens import ARCHIVE, AuditKeys
from authwell.storage.audit.chain import hashes
from authwell.storage.audit.chain.reading import ChainReader
from authwell.storage.statements import Row


@dataclass(frozen=True, slots=True)
class Segment:
    """What the name of a segment says."""

    name: str
    tenant_id: str
    first: int
    last: int


def segment_name(tenant_id: str, first: int, last: int) -> str:
    """Where a segment is in its depot."""
    return f"events/{tenant_id}/{first:012d}-{last:012d}.jsonl.gz"


def list_segments(depot: Depot, tenant_id: str) -> list[Segment]:
    """A tenant's segments in their order, each event in one.

    A run that was cut off may have left a shorter one with the same beginning.
    """
    longest: dict[int, Segment] = {}
    for name in depot.names(f"events/{tenant_id}/"):
        first, _, last = name.rpartition("/")[2].partition(".")[0].partition("-")
        if first.isdecimal() and last.isdecimal():
            longest[int(first)] = Segment(name, tenant_id, int(first), int(last))
    return [longest[first] for first in sorted(longest)]


def pack(
    reader: ChainReader, keys: AuditKeys, before: bytes, events: Sequence[Row], now: datetime
) -> bytes:
    """A segment of events that follow each other; `before` is the hash that the first follows."""
    lines = b"".join(_line(reader, event) for event in events)
    signed = keys.archive(
        {
            "tenant": reader.tenant_id,
            "first": events[0].seq,
            "last": events[-1].seq,
            "previous": before.hex(),
            "hash": events[-1].hash.hex(),
            "sha256": sha256(lines).hexdigest(),
            "at": now.isoformat(timespec="seconds"),
        }
    )
    return gzip.compress(signed.encode() + b"\n" + lines, mtime=0)


def unpack(content: bytes) -> tuple[str, bytes]:
    """The signed line of a segment, and the others.

    Raises:
        ValueError: it is not gzip, or not complete.
    """
    try:
        signed, _, lines = gzip.decompress(content).partition(b"\n")
    except (OSError, EOFError) as error:
        raise ValueError("it is no complete gzip file") from error
    return signed.decode("ascii", "replace"), lines


def problems(segment: Segment, content: bytes, keys: AuditKeys, before: bytes | None) -> list[str]:
    """What is wrong with a segment.

    Args:
        segment: its name.
        content: its bytes.
        keys: that signed it; a segment of an older key needs KEY_ENCRYPTION_KEY_OLD.
        before: the hash after the segment before; None if that is not known.
    """
    try:
        token, lines = unpack(content)
    except ValueError as error:
        return [f"{segment.name}: {error}"]
    claims = keys.open(token, ARCHIVE)
    if claims is None:
        return [f"{segment.name}: no good signature"]
    named = (claims["tenant"], claims["first"], claims["last"])
    if named != (segment.tenant_id, segment.first, segment.last):
        return [f"{segment.name}: it is another segment under this name"]
    if before is not None and claims["previous"] != before.hex():
        return [f"{segment.name}: it does not follow the segment before"]
    if sha256(lines).hexdigest() != claims["sha256"]:
        return [f"{segment.name}: its events were changed"]
    return [f"{segment.name}: {text}" for text in _broken_links(claims, lines)]


def end_of(content: bytes) -> bytes:
    """The hash that the next segment follows."""
    _, lines = unpack(content)
    return bytes.fromhex(json.loads(lines.splitlines()[-1])["hash"])


def _broken_links(claims: dict[str, Any], lines: bytes) -> Iterator[str]:
    before, seq = bytes.fromhex(claims["previous"]), claims["first"]
    for line in lines.splitlines():
        entry = json.loads(line)
        found = entry.get("original")
        content = bytes.fromhex(found) if found else hashes.content_digest(_row(entry))
        before = hashes.next_hash(before, seq, content)
        if entry["seq"] != seq or entry["hash"] != before.hex():
            yield f"event {seq} was changed"
            return
        seq += 1
    if before.hex() != claims["hash"] or seq != claims["last"] + 1:
        yield "events are missing at its end"


def _line(reader: ChainReader, event: Row) -> bytes:
    entry = {name: getattr(event, name) for name in hashes.COLUMNS}
    entry["at"] = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    entry |= {"seq": event.seq, "hash": event.hash.hex()}
    if event.salt is not None:
        entry["salt"] = event.salt.hex()
    else:
        redactions = reader.redactions(event.id)
        entry["original"] = redactions[0].original.hex() if redactions else None
    return json.dumps(entry, separators=(",", ":")).encode("ascii") + b"\n"


def _row(entry: dict[str, Any]) -> Any:
    salt = entry.get("salt")
    values = {name: entry[name] for name in hashes.COLUMNS}
    values["at"] = datetime.fromisoformat(entry["at"])
    return SimpleNamespace(**values, salt=bytes.fromhex(salt) if salt else None)
