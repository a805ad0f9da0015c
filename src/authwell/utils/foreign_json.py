"""JSON of strangers: nothing that could not be kept, or not be written again.

The parser goes 1,024 levels down, the writer 254: what lies between could be kept, and would then
break every page and list that shows it. U+0000 is in no text that PostgreSQL keeps.
"""

from collections.abc import Iterable
from typing import Any, Final, cast

import orjson

DEEPEST: Final = 64
"""Levels of objects and arrays; nothing that we ask for has ten."""
NO_JSON: Final = "The body is not JSON, is too deep, or has the character U+0000."
"""What the sender is told."""
ZERO: Final = "\x00"
_WRITTEN: Final = b"\\u0000"


def parse_json(text: bytes | str) -> Any:
    """What a JSON text says.

    Raises:
        orjson.JSONDecodeError: it is none, deeper than `DEEPEST`, or has the character U+0000.
    """
    parsed = orjson.loads(text)
    # Written it is six characters, which may also stand for themselves.
    may_have_zero = _WRITTEN in (text.encode("utf-8", "replace") if isinstance(text, str) else text)
    level: list[Any] = [[parsed]]
    for _ in range(DEEPEST + 2):
        if not level:
            return parsed
        if may_have_zero and any(has_zero(_texts(outer)) for outer in level):
            raise orjson.JSONDecodeError("U+0000", "", 0)
        level = [inner for outer in level for inner in filter(_has_members, _members(outer))]
    raise orjson.JSONDecodeError("nested too deep", "", 0)


def has_zero(texts: Iterable[object]) -> bool:
    """Whether one of these is a text with the character U+0000."""
    return any(isinstance(text, str) and ZERO in text for text in texts)


def _has_members(value: object) -> bool:
    return isinstance(value, dict | list)


def _members(value: object) -> Iterable[Any]:
    return cast("dict[str, Any]", value).values() if isinstance(value, dict) else cast("Any", value)


def _texts(value: object) -> Iterable[object]:
    """The members of an object or array, and their names."""
    yield from _members(value)
    if isinstance(value, dict):
        yield from cast("dict[str, Any]", value)
