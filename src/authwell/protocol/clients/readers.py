"""How single members of a registration are read (RFC 7591 section 2)."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeGuard

from authwell.protocol import scopes
from authwell.protocol.clients import redirect_uris
from authwell.protocol.errors import InvalidScope
from authwell.protocol.jose import client_keys
from authwell.protocol.jose.client_keys import ClientKey
from authwell.protocol.jose.keys import UnusableKey

MAX_ITEMS = 100
MAX_TEXT = 2048
MAX_REQUEST_URI = 512
"""RFC 9101 section 5.2."""
MAX_NAME = 255
MAX_DOCUMENT = 16_384

_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
"""Letters, marks and symbols without ink, which `str.isprintable` takes for printable."""


class InvalidClientMetadata(ValueError):
    """A member has a wrong value.

    Attributes:
        code: invalid_client_metadata or invalid_redirect_uri (RFC 7591 section 3.2.2).
        member: its name.
    """

    def __init__(self, member: str, problem: str, code: str = "invalid_client_metadata") -> None:
        """See the class."""
        super().__init__(f"{member}: {problem}")
        self.member = member
        self.code = code


Reader = Callable[[str, Any], Any]


def text(member: str, value: Any) -> str:
    """A line of text without control characters."""
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT or not value.isprintable():
        raise InvalidClientMetadata(member, "must be a line of text")
    return value


def flag(member: str, value: Any) -> bool:
    """A JSON boolean."""
    if not isinstance(value, bool):
        raise InvalidClientMetadata(member, "must be true or false")
    return value


def name(member: str, value: Any) -> str:
    """What people read: a line that fits a column and can be seen."""
    found = text(member, value)
    if len(found) > MAX_NAME or found != found.strip():
        raise InvalidClientMetadata(member, f"must be text of at most {MAX_NAME} characters")
    # Variation selectors may stand in a name (of Japan, of emoji), but they do not make one.
    if _INVISIBLE.search(found) or not any(
        unicodedata.category(char)[0] in "LNPS" for char in found
    ):
        raise InvalidClientMetadata(member, "must not have invisible characters")
    return found


def long_text(member: str, value: Any) -> str:
    """A signed document, which no page shows."""
    if not isinstance(value, str) or not value.isascii() or len(value) > MAX_DOCUMENT:
        raise InvalidClientMetadata(member, f"must be a text of at most {MAX_DOCUMENT} characters")
    return value


def texts(member: str, value: Any) -> tuple[str, ...]:
    """An array of lines, each once."""
    if not _is_array(value) or len(value) > MAX_ITEMS:
        raise InvalidClientMetadata(member, f"must be a list of at most {MAX_ITEMS} strings")
    return tuple(dict.fromkeys(text(member, item) for item in value))


def _is_array(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)


def one_of(*allowed: str) -> Reader:
    """One of a few words."""

    def read(member: str, value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise InvalidClientMetadata(member, f"must be one of {', '.join(allowed)}")
        return value

    return read


def seconds(longest: int, shortest: int = 0) -> Reader:
    """A whole number of seconds as a duration."""

    def read(member: str, value: Any) -> timedelta:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidClientMetadata(member, "must be a whole number of seconds")
        if not shortest <= value <= longest:
            raise InvalidClientMetadata(member, f"must be from {shortest} to {longest} seconds")
        return timedelta(seconds=value)

    return read


def page(member: str, value: Any) -> str:
    """A URL that people may follow."""
    try:
        redirect_uris.check_web_page(text(member, value))
    except redirect_uris.UnsafeUri as error:
        raise InvalidClientMetadata(member, str(error)) from error
    return str(value)


def fetched_url(member: str, value: Any) -> str:
    """A URL that this server calls, or sends people to: https only."""
    uri = page(member, value)
    if not uri.lower().startswith("https://"):
        raise InvalidClientMetadata(member, "must be an https URL")
    return uri


def request_uris_of(member: str, value: Any) -> tuple[str, ...]:
    """Addresses of request objects (RFC 9101 section 5.2); a fragment marks a version."""
    uris = texts(member, value)
    for uri in uris:
        # A fragment has the characters of a query (RFC 3986 section 3.5).
        fetched_url(member, uri.replace("#", "?", 1))
        if len(uri) > MAX_REQUEST_URI:
            raise InvalidClientMetadata(member, f"must have at most {MAX_REQUEST_URI} characters")
    return uris


def key_set(member: str, value: Any) -> tuple[ClientKey, ...]:
    """A JWK Set of public keys (RFC 7517 section 5)."""
    try:
        return client_keys.read_registered(value)
    except UnusableKey as error:
        raise InvalidClientMetadata(member, str(error)) from error


def scope(member: str, value: Any) -> frozenset[str]:
    """A scope string (RFC 7591 section 2)."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise InvalidClientMetadata(member, "must be a string of scopes")
    try:
        return scopes.parse(value)
    except InvalidScope as error:
        raise InvalidClientMetadata(member, "has characters that are not allowed") from error
