"""Consent: what a person is asked, what a posted form grants, and taking it back.

The question and the answer are made from the request that waits on the server; the form says
only which of its optional parts were ticked (THREATS.md BR-08).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from authwell.protocol.authorization.interaction import IMPLIED_SCOPE, AskConsent
from authwell.protocol.authorization.request import AuthorizationRequest
from authwell.protocol.events import EventType
from authwell.protocol.model import Event, Tenant
from authwell.protocol.resources import audience
from authwell.protocol.scopes import ACCESS_SCOPES, API_SCOPES, OPENID_SCOPES
from authwell.storage.database import Database
from authwell.storage.tokens.consents import Consents
from authwell.storage.tokens.grants import SqlGrants
from authwell.utils.randomness import new_id

OFFLINE = "offline_access"


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One line of the page."""

    name: str
    description: str
    is_new: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Question:
    """What the consent page shows."""

    scopes: tuple[ScopeLine, ...]
    offline: bool
    """Whether the client could act while the person is away; part of the whole, not a choice."""
    resources: tuple[str, ...]
    """The names of the resource servers that the token is for, other than this one."""
    client_host: str
    """Where the answer goes, which an attacker cannot choose as freely as a client's name."""


def question(tenant: Tenant, request: AuthorizationRequest, step: AskConsent) -> Question:
    """What to ask for a request: what is known of the person first, as OpenID Connect lists it."""
    known_before = step.asked - step.new - IMPLIED_SCOPE
    lines = tuple(
        ScopeLine(
            name=name,
            description=in_words(tenant, name),
            is_new=bool(known_before) and name in step.new,
            required=name in IMPLIED_SCOPE,
        )
        for name in sorted(step.asked, key=_place)
        if name != OFFLINE
    )
    return Question(
        scopes=lines,
        offline=OFFLINE in step.scope,
        resources=_resource_names(tenant, request, step.scope),
        client_host=_host(request.reply_to.redirect_uri),
    )


def granted(step: AskConsent, posted: Iterable[str]) -> frozenset[str]:
    """What a posted form grants: what was ticked of what was asked, and its fixed part."""
    ticked = frozenset(name for value in posted for name in value.split())
    return step.asked & (ticked | IMPLIED_SCOPE | {OFFLINE})


def revoke(database: Database, event: Event) -> int | None:
    """Take back what an account allowed a client, and end all tokens that came of it.

    Forgotten first: should the second change fail, the client cannot silently get a new
    grant, and doing it again ends the old ones.

    Args:
        database: where both are kept.
        event: `consent.revoked` with its account and client; the second event is made of it.

    Returns:
        How many grants ended; None if there was nothing to take back.
    """
    if event.account_id is None or event.client_id is None:
        raise ValueError("The event must name the account and the client.")
    key = (event.tenant_id, event.account_id, event.client_id)
    forgotten = Consents(database).forget(*key, event)
    reason = "consent_revoked"
    end = replace(event, id=new_id(), type=EventType.GRANT_REVOKED, data={"reason": reason})
    ended = SqlGrants(database).revoke_between(*key, reason, end)
    return ended if forgotten or ended else None


_BUILT_IN = OPENID_SCOPES | API_SCOPES | ACCESS_SCOPES


def _place(name: str) -> tuple[int, str]:
    known = tuple(OPENID_SCOPES)
    return (known.index(name) if name in known else len(known), name)


def in_words(tenant: Tenant, name: str) -> str:
    """The sentence that says what a scope allows; its name if nobody wrote one."""
    return tenant.scopes.get(name) or _BUILT_IN.get(name) or name


def _resource_names(
    tenant: Tenant, request: AuthorizationRequest, scope: frozenset[str]
) -> tuple[str, ...]:
    wanted = audience(tenant, request.client, request.resources, scope).identifiers
    return tuple(
        tenant.resources[identifier].name if identifier in tenant.resources else tenant.name
        for identifier in wanted
        if identifier != tenant.issuer
    )


def _host(redirect_uri: str) -> str:
    """The host of a web address, the scheme of an app's own, whatever follows it (DR-05)."""
    parts = urlsplit(redirect_uri)
    return parts.netloc if parts.scheme in ("http", "https") else parts.scheme
