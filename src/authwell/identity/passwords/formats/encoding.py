"""Bytes as hashes have them: base64 of any alphabet, padded or not, and hexadecimal digits."""

from base64 import b64decode, b64encode

_STANDARD = str.maketrans("-_.", "+/+")
"""URL-safe base64, and passlib's, which has a dot for the plus."""


def base64_of(text: str) -> bytes | None:
    """The bytes; None if they are no base64."""
    digits = text.rstrip("=").translate(_STANDARD)
    try:
        return b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except ValueError:
        return None


def hex_of(text: str) -> bytes | None:
    """The bytes; None if they are no hexadecimal digits."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def unpadded(value: bytes) -> str:
    """Base64 without padding, as in a PHC string."""
    return b64encode(value).rstrip(b"=").decode("ascii")
