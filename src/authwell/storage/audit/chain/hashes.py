"""The digests of the chain; what verifies an archive elsewhere needs nothing but these.

The content of an event is a JSON array without spaces, in ASCII: the number of this form, then
the columns in the order of `COLUMNS`, the time in UTC with microseconds.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from authwell.storage.statements import Row

FORM: Final = 1
COLUMNS: Final = (
    *("id", "at", "tenant_id", "type", "account_id", "client_id", "session_id", "actor"),
    *("address", "user_agent", "request_id", "data"),
)


def first_hash(tenant_id: str) -> bytes:
    """What a tenant's first event follows."""
    return sha256(f"authwell audit chain {FORM}\n{tenant_id}".encode()).digest()


def content_digest(row: Row) -> bytes:
    """The digest of what an event says; `row` has its columns and its salt."""
    values = [_plain(getattr(row, name)) for name in COLUMNS]
    text = json.dumps([FORM, *values], separators=(",", ":"), sort_keys=True)
    return sha256((row.salt or b"") + text.encode("ascii")).digest()


def next_hash(before: bytes, seq: int, content: bytes) -> bytes:
    """The hash of an event, from that of the one before and its own digest."""
    return sha256(before + seq.to_bytes(8) + content).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value
