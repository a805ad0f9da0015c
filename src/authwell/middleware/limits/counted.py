"""Who is counted: the address of a request, its caller, or the client that it names."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Final

from flask import request

from authwell.utils.addresses import subscriber
from authwell.utils.randomness import digest

NOBODY: Final = "nobody"
"""Instead of the address of who has none."""


def peer() -> str:
    """What whoever sends this request is counted by: an address, or a /64 of IPv6."""
    return subscriber(request.environ.get("REMOTE_ADDR") or NOBODY)


def caller() -> str:
    """Who calls an API: the bearer of a token or key, by its digest, else the address."""
    shown = request.environ.get("HTTP_AUTHORIZATION") or request.environ.get("HTTP_X_API_KEY")
    return digest(shown).hex()[:32] if shown else peer()


def claimed_client(authorization: str | None) -> str | None:
    """The client that `Authorization: Basic` names, whether it is that client or not."""
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic" or len(credentials) > 1000:
        return None
    try:
        return b64decode(credentials).partition(b":")[0].decode("ascii")
    except (NotBase64, ValueError):
        return None
