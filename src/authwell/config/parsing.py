"""Turns the text of one environment variable into a value, or says what to write instead.

Every function takes the text and raises ValueError with a sentence for the operator,
which never repeats the text: it may be a secret.
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from authwell.utils.urls import canonical_host_port, canonical_origin, split_canonical

Network = IPv4Network | IPv6Network
T = TypeVar("T")

_TRUE: Final = frozenset({"true", "1", "yes", "on"})
_FALSE: Final = frozenset({"false", "0", "no", "off"})
_PERIODS: Final = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
}
_STANDARD: Final = str.maketrans("-_", "+/")
_RATE: Final = re.compile(
    r"(\d{1,9}) *(?:/|per) *(\d{1,6})? *(second|minute|hour|day)s?", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in a period; its text is what flask-limiter reads."""

    amount: int
    period: timedelta

    def __str__(self) -> str:
        return f"{self.amount} per {int(self.period.total_seconds())} second"


def flag(text: str) -> bool:
    """Read true or false."""
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise ValueError("must be true or false")


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers between two bounds."""

    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return read


def duration(unit: timedelta, least: int, most: int) -> Callable[[str], timedelta]:
    """Return a reader of durations written as a whole number of `unit`."""
    read_number = whole_number(least, most)

    def read(text: str) -> timedelta:
        return read_number(text) * unit

    return read


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a reader of one of the words, in any case."""
    words = {choice.lower(): choice for choice in choices}

    def read(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return words[text.lower()]

    return read


def rate(text: str) -> RateLimit:
    """Read `5/minute`, `100 per hour` or `2 per 5 minutes`."""
    found = _RATE.fullmatch(text)
    if found is None or int(found[1]) == 0 or found[2] == "0":
        raise ValueError("must look like 5/minute, 100 per hour or 2 per 5 minutes")
    return RateLimit(int(found[1]), int(found[2] or 1) * _PERIODS[found[3].lower()])


def rate_each(period: timedelta) -> Callable[[str], RateLimit]:
    """Return a reader of a rate that may also be a bare number in `period`."""

    def read(text: str) -> RateLimit:
        if re.fullmatch(r"[1-9][0-9]{0,8}", text):
            return RateLimit(int(text), period)
        return rate(text)

    return read


def words(text: str) -> tuple[str, ...]:
    """Read a comma-separated or a JSON list; empty parts fall away."""
    if not text.startswith("["):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        parts = json.loads(text)
    except (ValueError, RecursionError):
        parts = None
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError('must be a comma-separated list or a JSON list such as ["a", "b"]')
    return tuple(part.strip() for part in parts if part.strip())


def origins(text: str) -> frozenset[str]:
    """Read a list of web origins; `*` is refused (K24)."""
    found = words(text)
    if "*" in found:
        raise ValueError("must name each origin; * would let every site in")
    return frozenset(_each(found, canonical_origin, "an origin such as https://app.example"))


def hosts(text: str) -> frozenset[str]:
    """Read a list of `host` or `host:port`."""
    return frozenset(_each(words(text), canonical_host_port, "a host such as auth.example:8443"))


def networks(text: str) -> tuple[Network, ...]:
    """Read a list of addresses or networks."""
    return tuple(_each(words(text), ip_network, "an address or a network such as 10.0.0.0/8"))


def outgoing(text: str) -> tuple[str, ...]:
    """Read a list of `host[:port]` or networks that outgoing calls may reach."""
    return tuple(_each(words(text), _host_or_network, "a host[:port] or a network"))


def name_server(text: str) -> tuple[str, int]:
    """Read the address of a resolver, with its port if that is not 53."""
    try:
        parts = urlsplit(f"//{text}")
        found = (str(ip_address(parts.hostname or "")), parts.port or 53)
    except ValueError as error:
        raise ValueError(
            "must be an address such as 10.0.0.53, [fd00::53] or 10.0.0.53:5353"
        ) from error
    if parts.netloc != text or parts.username is not None:
        raise ValueError("must be an address, with a port at most")
    return found


def header_name(text: str) -> str:
    """Read the name of a header; an underscore would not survive a server or a proxy."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", text):
        raise ValueError("must be a header name of letters, digits and hyphens")
    return text


def existing_file(text: str) -> Path:
    """Read the path of a file that is there."""
    path = Path(text)
    if not path.is_file():
        raise ValueError("must name a file that exists and can be read")
    return path


def https_url(text: str) -> str:
    """Read an https URL, which something may be put behind."""
    try:
        is_https = split_canonical(text).scheme == "https"
    except ValueError:
        is_https = False
    if not is_https:
        raise ValueError("must be an https URL")
    return text


def folder_or_url(text: str) -> str:
    """Read the absolute path of a folder, or the https URL of a bucket."""
    if Path(text).is_absolute():
        return text
    try:
        parts = split_canonical(text)
    except ValueError:
        parts = None
    if parts is None or parts.scheme != "https" or not parts.path.strip("/"):
        raise ValueError("must be the path of a folder, or https://host/bucket[/prefix]")
    return text


def key_of_32_bytes(text: str) -> bytes:
    """Read 32 bytes written in base64, standard or URL-safe, with or without padding."""
    digits = text.rstrip("=").translate(_STANDARD)
    try:
        key = b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ValueError("must be 32 bytes in base64; make one with: openssl rand -base64 32")
    if len(set(key)) < 8:
        raise ValueError("is not random; make one with: openssl rand -base64 32")
    return key


def keys_of_32_bytes(text: str) -> tuple[bytes, ...]:
    """Read a comma-separated list of such keys."""
    return tuple(key_of_32_bytes(part) for part in words(text))


def _host_or_network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        return canonical_host_port(text)


def _each(parts: Iterable[str], read: Callable[[str], T], what: str) -> Iterator[T]:
    for part in parts:
        try:
            yield read(part)
        except ValueError as error:
            raise ValueError(f"must list only what is {what}") from error
