"""The signature of Standard Webhooks 1.0: HMAC-SHA-256 over id, time and body.

Secrets are written `whsec_` and base64. While one is replaced by another, a message is signed by
both, and a receiver takes it if one of the signatures is right.
"""

import binascii
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from secrets import token_bytes
from typing import Final

PREFIX: Final = "whsec_"
NEW_LENGTH: Final = 32
LEAST_LENGTH: Final = 24
MOST_LENGTH: Final = 64
TOLERANCE: Final = 300
"""Seconds that a message may be old, or ahead of our clock."""

_VERSION: Final = "v1"


class UnfitSecret(ValueError):
    """It is not written as the secrets of Standard Webhooks are."""


def new_secret() -> str:
    """A secret of 256 random bits."""
    return PREFIX + b64encode(token_bytes(NEW_LENGTH)).decode("ascii")


def key_of(secret: str) -> bytes:
    """The bytes that a secret stands for.

    Raises:
        UnfitSecret: no prefix, no base64, or not of 24 to 64 bytes.
    """
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnfitSecret("must be whsec_ and base64") from error
    if not secret.startswith(PREFIX) or not LEAST_LENGTH <= len(key) <= MOST_LENGTH:
        raise UnfitSecret(f"must be whsec_ and base64 of {LEAST_LENGTH} to {MOST_LENGTH} bytes")
    return key


def signed(keys: Sequence[bytes], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message, with a signature by each key."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(key, message_id, timestamp, body) for key in keys),
    }


def is_signed(
    keys: Sequence[bytes], message_id: str, timestamp: str, signatures: str, body: bytes
) -> bool:
    """Whether one of the signatures is by one of the keys; its time is asked elsewhere."""
    wanted = [_signature(key, message_id, timestamp, body).encode() for key in keys]
    sent = [signature.encode("utf-8", "surrogatepass") for signature in signatures.split(" ")[:10]]
    found = [hmac.compare_digest(one, other) for one in wanted for other in sent]
    return any(found)


def is_timely(timestamp: str, now: datetime) -> bool:
    """Whether a message is of about now, so that an old one is not sent again by a stranger."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        return False
    return abs(int(timestamp) - now.timestamp()) <= TOLERANCE


def _signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    signed_text = f"{message_id}.{timestamp}.".encode("utf-8", "surrogatepass") + body
    mac = hmac.digest(key, signed_text, "sha256")
    return f"{_VERSION},{b64encode(mac).decode('ascii')}"
