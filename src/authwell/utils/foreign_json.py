"""JSON of strangers: read no deeper than we could write it again.

The parser goes 1,024 levels down, the writer 254: what lies between could be kept, and would then
break every page and list that shows it.
"""

from collections.abc import Iterable
from typing import Any, Final, cast

import orjson

DEEPEST: Final = 64
"""Levels of objects and arrays; nothing that we ask for has ten."""


def parse_json(text: bytes | str) -> Any:
    """What a JSON text says.

    Raises:
        orjson.JSONDecodeError: it is none, or deeper than `DEEPEST`.
    """
    parsed = orjson.loads(text)
    level = list(_nested([parsed]))
    for _ in range(DEEPEST):
        if not level:
            return parsed
        level = [inner for outer in level for inner in _nested(_members(outer))]
    if level:
        raise orjson.JSONDecodeError("nested too deep", "", 0)
    return parsed


def _nested(values: Iterable[Any]) -> Iterable[Any]:
    return filter(_has_members, values)


def _has_members(value: object) -> bool:
    return isinstance(value, dict | list)


def _members(value: object) -> Iterable[Any]:
    return cast("dict[str, Any]", value).values() if isinstance(value, dict) else cast("Any", value)
