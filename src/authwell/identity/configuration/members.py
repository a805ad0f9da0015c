"""Reading the members of an entry by a table: each value checked, each unknown name refused."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from authwell.identity.configuration.problems import MISSING, Findings, join
from authwell.protocol.access import read_permission
from authwell.protocol.clients import readers
from authwell.protocol.clients.readers import InvalidClientMetadata, Reader, texts

Table = Mapping[str, Reader]

MAX_NAME = readers.MAX_NAME

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,255}")


def read(entry: Mapping[str, Any], table: Table, path: str, findings: Findings) -> dict[str, Any]:
    """The members of an entry that are in the table and right; null counts as left out."""
    values: dict[str, Any] = {}
    for name, value in entry.items():
        if name == "tenant":
            check_tenant(value, join(path, name), findings)
        elif name not in table:
            findings.unknown(path, name, table)
        elif value is not None:
            try:
                values[name] = table[name](name, value)
            except InvalidClientMetadata as error:
                findings.refuse(join(path, name), bare(error), error.code)
    return values


def require(
    values: Mapping[str, Any], entry: Mapping[str, Any], name: str, path: str, findings: Findings
) -> bool:
    """Whether a member was given; if it was left out, that is a problem."""
    if entry.get(name) is None:
        findings.refuse(join(path, name), "is missing", MISSING)
    return name in values


def check_tenant(value: Any, path: str, findings: Findings) -> None:
    """An entry is one of the tenant whose configuration is read."""
    if value != findings.tenant:
        findings.refuse(
            path,
            f"{value!r} is not the tenant {findings.tenant!r}, which this is about",
            "unsupported_tenant",
        )


def bare(error: InvalidClientMetadata) -> str:
    """The text of the problem without the member's name, which the path has."""
    return str(error).removeprefix(f"{error.member}: ")


def line(member: str, value: Any) -> str:
    """A line of text that fits a column."""
    return readers.name(member, value)


def scope_name(member: str, value: Any) -> str:
    """One scope (RFC 6749 section 3.3)."""
    if not isinstance(value, str) or not _SCOPE.fullmatch(value):
        raise InvalidClientMetadata(member, f"{value!r} is not a scope: no blanks, quotes, accents")
    return value


def scope_names(member: str, value: Any) -> list[str]:
    """Scopes, in an order that does not matter."""
    return sorted({scope_name(member, item) for item in texts(member, value)})


def sorted_texts(member: str, value: Any) -> list[str]:
    """Texts whose order does not matter."""
    return sorted(texts(member, value))


def permissions(member: str, value: Any) -> list[str]:
    """Permissions, written `resource_type:action`."""
    found = sorted(texts(member, value))
    for item in found:
        if read_permission(item) is None:
            raise InvalidClientMetadata(member, f"{item!r} is not written like document:read")
    return found


def whole_seconds(longest: int, shortest: int = 1) -> Reader:
    """A lifetime as it is stored."""

    def read_seconds(member: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidClientMetadata(member, "must be a whole number of seconds")
        if not shortest <= value <= longest:
            raise InvalidClientMetadata(member, f"must be from {shortest} to {longest} seconds")
        return value

    return read_seconds


def moment(member: str, value: Any) -> datetime:
    """A time with its zone, in UTC."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        # In UTC it may be before the year 1, or after 9999.
        pass
    raise InvalidClientMetadata(member, "must be a time with its zone, as 2030-01-31T12:00:00Z")


def whole_number(member: str, value: Any) -> int:
    """One whose bounds somebody else knows."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidClientMetadata(member, "must be a whole number")
    return value


def resource_identifier(member: str, value: Any) -> str:
    """An absolute URI without fragment (RFC 8707 section 2)."""
    problem = InvalidClientMetadata(member, "must be an absolute URI without a fragment")
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise problem
    if len(value) > 512 or " " in value or "#" in value:
        raise problem
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise problem from error
    if not parts.scheme or not (parts.netloc or parts.path):
        raise problem
    return value


def list_of_mappings(member: str, value: Any) -> list[Any]:
    """Mappings; what they mean is somebody else's to say."""
    if not isinstance(value, list):
        raise InvalidClientMetadata(member, "must be a list of mappings")
    return [mapping(member, item) for item in value]


def mapping(member: str, value: Any) -> dict[str, Any]:
    """A mapping with text for names."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise InvalidClientMetadata(member, "must be a mapping")
    return dict(value)
