"""Events as others read them: as JSON, a line each, and as CSV."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC
from typing import Any, Final

from authwell.storage.statements import Row

COLUMNS: Final = (
    *("seq", "id", "at", "type", "account_id", "client_id", "session_id", "actor"),
    *("address", "user_agent", "request_id", "data", "hash"),
)
# A spreadsheet takes a cell that begins so for a formula.
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def shown(row: Row) -> dict[str, Any]:
    """An event; `seq` and `hash` are null until it is chained, in a second."""
    values = {name: getattr(row, name) for name in COLUMNS}
    values["at"] = row.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    values["hash"] = row.hash.hex() if row.hash is not None else None
    return values


def as_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """JSON Lines."""
    for row in rows:
        yield json.dumps(shown(row), separators=(",", ":")).encode("ascii") + b"\n"


def as_csv(rows: Iterable[Row]) -> Iterator[bytes]:
    """CSV (RFC 4180) with a line of names; texts that could be formulas get an apostrophe."""
    yield _line(COLUMNS)
    for row in rows:
        values = shown(row)
        values["data"] = json.dumps(values["data"], separators=(",", ":"))
        yield _line([_cell(values[name]) for name in COLUMNS])


FORMATS: Final[Mapping[str, tuple[str, Callable[[Iterable[Row]], Iterator[bytes]]]]] = {
    "jsonl": ("application/jsonl", as_lines),
    "csv": ("text/csv", as_csv),
}
"""By name: the media type, and what writes it."""


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text


def _line(cells: Iterable[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode("utf-8", "replace")
