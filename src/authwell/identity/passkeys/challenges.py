"""Challenges: each begins one ceremony of one kind, in one browser (THREATS.md PA-02).

What is sent to the authenticator is the value itself, so what comes back finds its ceremony.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any, Final

from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.protocol.server import AuthorizationServer
from authwell.storage.people.links import Link, Links
from authwell.utils.randomness import digest, new_secret

LIFETIME: Final = timedelta(minutes=5)

REGISTRATION: Final = "webauthn_registration"
LOGIN: Final = "webauthn_login"
FACTOR: Final = "webauthn_factor"
"""Shown by a person who is known already, as second factor or once more."""

_PREFIX: Final = "passkey"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What a challenge is for.

    Attributes:
        kind: `REGISTRATION`, `LOGIN` or `FACTOR`.
        holder: what only the browser or program that begins knows: no other may finish.
        account_id: whose passkey it must be; None where that is to be found out.
        data: what else was decided when it began.
    """

    kind: str
    holder: str
    account_id: str | None = None
    data: Mapping[str, Any] | None = None


def begin(links: Links, server: AuthorizationServer, ceremony: Ceremony) -> str:
    """A new challenge."""
    value = new_secret(_PREFIX)
    links.put(
        Link(
            digest=digest(value),
            tenant_id=server.tenant.id,
            kind=ceremony.kind,
            account_id=ceremony.account_id,
            created_at=server.now,
            expires_at=server.now + LIFETIME,
            browser_digest=digest(ceremony.holder),
            data=ceremony.data or {},
        )
    )
    return value


def finish(links: Links, server: AuthorizationServer, ceremony: Ceremony, challenge: str) -> Link:
    """Use the challenge up; what is wrong with the rest of the response does not bring it back.

    Raises:
        PasskeyRefused: it is unknown, used or expired, of another kind, another browser's or
            another account's.
    """
    link = links.take(server.tenant.id, ceremony.kind, digest(challenge), server.now)
    if link is None or link.account_id != ceremony.account_id:
        raise PasskeyRefused("passkey_challenge")
    if not compare_digest(link.browser_digest or b"", digest(ceremony.holder)):
        raise PasskeyRefused("passkey_challenge")
    return link
