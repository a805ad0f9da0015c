"""Rights that only an administrator gives, and what a client that has some may not change itself.

A registration access token is kept by the client, often less well than an administrator's
session: who stole it must not lead such rights to places and keys of their own (RFC 7592
section 5 leaves it to the server what a client may change).
"""

from collections.abc import Mapping
from typing import Any, Final

from authwell.protocol import scopes
from authwell.protocol.clients.members import EXTENSIONS
from authwell.protocol.clients.readers import InvalidClientMetadata

GIVEN: Final = EXTENSIONS.keys() - {"profile"}
"""What is there only if an administrator wrote it; registering gives a profile to everybody."""

DEFAULTS: Final[Mapping[str, Any]] = {
    "redirect_uris": [],
    "application_type": "web",
    "token_endpoint_auth_method": "client_secret_basic",
    "token_endpoint_auth_signing_alg": None,
    "jwks": None,
    "jwks_uri": None,
}
"""What decides who acts as the client, and where its answers go."""


def has_given(kept: Mapping[str, Any], scope_limit: frozenset[str] | None) -> bool:
    """Whether an administrator gave the client more than it could register.

    Args:
        kept: its metadata.
        scope_limit: the scope that its registration was allowed by name; None for the usual.
    """
    scope = frozenset(str(kept.get("scope") or "").split())
    special = scopes.API_SCOPES.keys() | scopes.ACCESS_SCOPES.keys()
    beyond = scope & special if scope_limit is None else scope - scope_limit
    return bool(beyond) or any(kept.get(name) is not None for name in GIVEN)


def check_unchanged(kept: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Check that a change leaves as it is what only an administrator may change of the client.

    Raises:
        InvalidClientMetadata: it does not.
    """
    for name, default in DEFAULTS.items():
        before, after = (
            default if members.get(name) is None else members[name] for members in (kept, wanted)
        )
        if before != after:
            raise InvalidClientMetadata(
                name, "only an administrator changes it, as the client has rights given by one"
            )
