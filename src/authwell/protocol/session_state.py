"""`session_state` (OpenID Connect Session Management 1.0 sections 2 and 3.2).

The browser keeps a state that changes with who is logged in. A client gets a salted hash of it,
bound to its own origin, and a frame of ours in the client's page tells whether it still fits.
static/check_session.js computes the same.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache
from hashlib import sha256
from secrets import token_hex

from authwell.protocol.model import Client, Session, Tenant
from authwell.utils.urls import origin_of

NOBODY = "0"
"""The state of a browser in which nobody is logged in."""


def is_offered(tenant: Tenant) -> bool:
    """Whether any profile of the tenant's clients has it; then every client gets it (section 2)."""
    return any(policy.session_management for policy in tenant.policies.values())


def browser_state(session: Session | None) -> str:
    """The state of a browser with this session; the session's id cannot be found from it."""
    if session is None:
        return NOBODY
    digest = sha256(f"browser-state:{session.id}".encode()).digest()
    return urlsafe_b64encode(digest[:24]).decode("ascii")


def parameter(
    tenant: Tenant, client: Client, redirect_uri: str, session: Session | None
) -> list[tuple[str, str]]:
    """`session_state` for a response to this client; nothing if the tenant does not offer it, or
    if the redirect URI is no page of a browser.
    """
    if not is_offered(tenant):
        return []
    origin = _origin(redirect_uri)
    if origin is None:
        return []
    salt = token_hex(8)
    return [
        ("session_state", session_state(client.client_id, origin, browser_state(session), salt))
    ]


def session_state(client_id: str, origin: str, state: str, salt: str) -> str:
    """The hash with its salt, which the frame needs to compute it again."""
    hashed = sha256(f"{client_id} {origin} {state} {salt}".encode()).hexdigest()
    return f"{hashed}.{salt}"


@lru_cache(maxsize=1024)
def _origin(uri: str) -> str | None:
    try:
        return origin_of(uri)
    except ValueError:
        return None
