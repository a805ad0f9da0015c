"""Initial access tokens: made by an administrator, shown once (RFC 7591 section 1.2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.configuration.state import State, known_scopes
from authwell.protocol import scopes
from authwell.protocol.errors import InvalidScope
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.protocol.policy import DEFAULT_PROFILES
from authwell.storage.clients.initial_access_tokens import InitialAccessToken, InitialAccessTokens
from authwell.storage.database import Database
from authwell.utils.randomness import digest, new_id, new_secret


@dataclass(frozen=True, slots=True)
class Wish:
    """What a token shall allow.

    Attributes:
        profile: the one that its clients get; None for the tenant's `registration_profiles`.
        scope: all that its clients may be registered for; None for what the tenant has, without
            that of our own APIs. Only clients whose scope is named may act without a person.
    """

    lifetime: timedelta
    uses: int = 1
    description: str = ""
    profile: str | None = None
    scope: str | None = None


def create(
    database: Database, state: State, wish: Wish, author: Author
) -> tuple[InitialAccessToken, str]:
    """Make a token: what is kept of it, and itself.

    Raises:
        Refused: there is no such profile or scope.
    """
    token = new_secret("iat")
    kept = InitialAccessToken(
        id=new_id(author.now),
        digest=digest(token),
        description=wish.description[:255],
        created_by=author.actor[:255],
        created_at=author.now,
        expires_at=author.now + wish.lifetime,
        uses=wish.uses,
        uses_left=wish.uses,
        profile=_profile(state, wish.profile),
        scope=_scope(state, wish.scope),
    )
    event = _event(
        state, EventType.REGISTRATION_TOKEN_CREATED, kept.id, author, {"uses": kept.uses}
    )
    InitialAccessTokens(database, state.tenant.id).add(kept, event)
    return kept, token


def revoke(database: Database, state: State, token_id: str, author: Author) -> None:
    """End a token; clients that it registered stay.

    Raises:
        NotFound: there is none that could be ended.
    """
    event = _event(state, EventType.REGISTRATION_TOKEN_REVOKED, token_id, author, {})
    tokens = InitialAccessTokens(database, state.tenant.id)
    if not tokens.revoke(token_id, author.now, event):
        raise NotFound("registration token", token_id)


def _profile(state: State, name: str | None) -> str | None:
    allowed = state.tenant.policy.get("profiles") or DEFAULT_PROFILES
    if name is not None and name not in allowed:
        raise Refused([Problem("profile", f"must be one of the tenant's: {', '.join(allowed)}")])
    return name


def _scope(state: State, text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    try:
        wanted = scopes.parse(text)
    except InvalidScope as error:
        raise Refused([Problem("scope", error.description)]) from error
    unknown = wanted - known_scopes(state.scopes, state.resources)
    if unknown:
        raise Refused([Problem("scope", f"there is no scope {', '.join(sorted(unknown))}")])
    if "admin" in wanted:
        # Whoever administers is named by an administrator, one by one.
        raise Refused([Problem("scope", "admin is given to single clients only")])
    return wanted


def _event(
    state: State, kind: EventType, token_id: str, author: Author, data: Mapping[str, Any]
) -> Event:
    return author.event(kind, state.tenant.id, {"registration_token": token_id, **data})
