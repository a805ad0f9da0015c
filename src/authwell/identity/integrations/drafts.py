"""What an administrator wants of an integration, checked; the same for every way in."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from authwell.storage.integrations import Status
from authwell.utils.foreign_json import parse_json

TYPES: Final = ("oauth2", "api_key", "custom")
STATUSES: Final[tuple[Status, ...]] = ("active", "disabled")
LONGEST_NAME: Final = 255
LONGEST_DESCRIPTION: Final = 1024
LONGEST_CONFIG: Final = 4096


class BadIntegration(Exception):
    """A member does not fit; `problems` says which and why, by member."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep all of them."""
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))
        self.problems = dict(problems)


def check_members(members: Mapping[str, Any]) -> None:
    """Check the members of an integration, all of which are there.

    Raises:
        BadIntegration: with every finding.
    """
    problems = {
        "type": _one_of(members["type"], TYPES),
        "name": _text(members["name"], LONGEST_NAME, least=1),
        "description": _text(members["description"], LONGEST_DESCRIPTION),
        "config": _config(members["config"]),
        "status": _one_of(members["status"], STATUSES),
    }
    found = {name: problem for name, problem in problems.items() if problem is not None}
    if found:
        raise BadIntegration(found)


def _one_of(value: Any, known: tuple[str, ...]) -> str | None:
    return None if value in known else f"must be one of {', '.join(known)}"


def _text(value: Any, longest: int, least: int = 0) -> str | None:
    if not isinstance(value, str) or not least <= len(value) <= longest:
        return f"must be a text of {least} to {longest} characters"
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        return "must not have control characters"
    return None


def _config(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return "must be a mapping"
    try:
        written = orjson.dumps(value)
    except orjson.JSONEncodeError:
        return "must be what JSON can say"
    if len(written) > LONGEST_CONFIG:
        return f"must have at most {LONGEST_CONFIG} bytes"
    try:
        parse_json(written)
    except orjson.JSONDecodeError:
        return "must not be nested too deep, nor have the character U+0000"
    return None
