"""How a client knows a person and a session (OpenID Connect Core section 8)."""

from base64 import urlsafe_b64encode
from hashlib import sha256


def sid(session_id: str, client_id: str) -> str:
    """The session as one client knows it: the same each time, and unlike any other client's.

    Derived rather than stored first, so that issuing a code reads nothing for it.
    """
    digest = sha256(f"sid:{session_id}:{client_id}".encode()).digest()
    return urlsafe_b64encode(digest[:24]).decode("ascii")
