"""Random values, their digests, and time-ordered identifiers (RFC 9562 section 5.7)."""

import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_bytes
from time import time_ns

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION_7 = 7 << 76
_VARIANT = 2 << 62
_RANDOM_62 = (1 << 62) - 1
_FORM_7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_secret(prefix: str) -> str:
    """Return `prefix_` and 256 random bits as 43 characters of base64url.

    The prefix names the kind of the secret, so that a scanner and a reader of a
    report recognise it; it must not end with the underscore itself.
    """
    return f"{prefix}_{urlsafe_b64encode(token_bytes(32))[:43].decode('ascii')}"


def digest(value: str) -> bytes:
    """Return the SHA-256 of a secret: what is kept instead of it.

    Any text is accepted, also text with lone surrogates, because callers pass on
    what strangers sent.
    """
    return sha256(value.encode("utf-8", "surrogatepass")).digest()


def new_id(at: datetime | None = None) -> str:
    """Return a UUID version 7 of 36 characters.

    The fraction of the millisecond stands behind it (RFC 9562 section 6.2, method 3), so that
    what is written in one order is read in that order.

    Args:
        at: the time that stands in front; the present if None.
    """
    now = time_ns() if at is None else (at - _EPOCH) // timedelta(microseconds=1) * 1000
    milliseconds, nanoseconds = divmod(now, 1_000_000)
    fraction = nanoseconds * 4096 // 1_000_000
    random = int.from_bytes(token_bytes(8))
    number = milliseconds << 80 | _VERSION_7 | fraction << 64 | _VARIANT | random & _RANDOM_62
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def id_time(value: str) -> datetime | None:
    """Return the time, to the millisecond, in a UUID version 7; None for anything else."""
    if _FORM_7.fullmatch(value) is None:
        return None
    milliseconds = int(value[:8] + value[9:13], 16)
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
