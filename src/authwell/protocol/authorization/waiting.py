"""Requests that wait for a person: kept, bound to the browser, and found again.

Only the parameters are kept. They are read again whenever the person comes back, so that a
client or URI that was removed meanwhile gets nothing.
"""

from dataclasses import dataclass
from datetime import timedelta
from hmac import compare_digest
from typing import Any

from authwell.protocol import scopes, second_factor
from authwell.protocol.access import ADMIN
from authwell.protocol.authorization.checks import check_request
from authwell.protocol.authorization.interaction import Progress, Step, next_step, wants_more
from authwell.protocol.authorization.request import AuthorizationRequest, read_request
from authwell.protocol.authorization.response import already_answered
from authwell.protocol.errors import UnsafeRedirect
from authwell.protocol.model import Account, Client, Session
from authwell.protocol.params import Params
from authwell.protocol.records import Interaction
from authwell.protocol.server import AuthorizationServer
from authwell.utils.randomness import digest, new_secret

PREFIX = "awi"
LIFETIME = timedelta(minutes=30)
POSTED = "posted"
"""Stands in for a browser's secret, which is never this short."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request whose person is on one of our pages.

    Attributes:
        id: the secret in the page's address.
    """

    id: str
    interaction: Interaction
    request: AuthorizationRequest

    @property
    def progress(self) -> Progress:
        """What has happened since it came."""
        return Progress(
            started_at=self.interaction.created_at,
            selected_account=self.interaction.data.get("selected_account"),
            registered=self.interaction.data.get("registered", False),
        )


def keep(server: AuthorizationServer, request: AuthorizationRequest, browser: str) -> Waiting:
    """Keep a request until its person has logged in or decided.

    Args:
        browser: the secret of the browser's cookie; no other browser can finish it.
    """
    identifier = new_secret(PREFIX)
    interaction = Interaction(
        digest=digest(identifier),
        tenant_id=server.tenant.id,
        client_id=request.client.client_id,
        browser_digest=digest(browser),
        created_at=server.now,
        expires_at=server.now + LIFETIME,
        data={"parameters": [list(pair) for pair in request.parameters]},
    )
    server.store.interactions.put(interaction)
    return Waiting(identifier, interaction, request)


def keep_posted(server: AuthorizationServer, request: AuthorizationRequest) -> str:
    """Keep a request that came by POST until the browser fetches it by GET; the secret for that.

    It is bound to no browser yet: a form of another site brings no cookie.
    """
    return keep(server, request, browser=POSTED).id


def take_posted(server: AuthorizationServer, identifier: str | None) -> Params:
    """The parameters of a posted request, once.

    Raises:
        UnsafeRedirect: unknown, fetched before, or expired.
    """
    found = None
    if identifier:
        found = server.store.interactions.take(server.tenant.id, digest(identifier), server.now)
    if found is None or not compare_digest(found.browser_digest, digest(POSTED)):
        raise already_answered(server)
    return _parameters(found)


def find(server: AuthorizationServer, identifier: str | None, browser: str | None) -> Waiting:
    """The waiting request of this browser.

    Raises:
        UnsafeRedirect: unknown, finished, expired, or started in another browser.
        RefusedRequest: the request is no longer allowed.
    """
    if not identifier or not browser:
        raise _gone() if identifier is None else _other_browser()
    found = server.store.interactions.find(server.tenant.id, digest(identifier), server.now)
    if found is None:
        raise already_answered(server, _client_of_expired(server, identifier, browser))
    if not compare_digest(found.browser_digest, digest(browser)):
        raise _other_browser()
    request = read_request(server, _parameters(found), is_kept=True)
    check_request(server, request)
    return Waiting(identifier, found, request)


def step(server: AuthorizationServer, waiting: Waiting, session: Session | None) -> Step:
    """What comes next for a waiting request.

    Raises:
        RefusedRequest: prompt=none cannot be kept.
    """
    return decide(server, waiting.request, session, waiting.progress)


def decide(
    server: AuthorizationServer,
    request: AuthorizationRequest,
    session: Session | None,
    progress: Progress,
) -> Step:
    """`next_step` with the consent that is remembered, which is read only where it matters.

    As the factors of the person are: a session that suffices costs no statement more.
    """
    consent = None
    reachable = frozenset[str]()
    owes_factor = session is not None and second_factor.is_owed(server, session)
    if session is not None and (owes_factor or wants_more(request, session)):
        reachable = server.people.reachable(session.account)
    if session is not None and request.client.consent == "required":
        consent = server.store.consents.find(
            server.tenant.id, session.account.id, request.client.client_id
        )
    administers = (
        session is not None
        and ADMIN in request.scope
        and scopes.administers(server, session.account)
    )
    return next_step(
        request,
        session,
        consent,
        progress,
        server.now,
        reachable,
        administers=administers,
        owes_factor=owes_factor,
    )


def note_selection(server: AuthorizationServer, waiting: Waiting, account: Account) -> None:
    """Remember that the person has chosen an account for this request."""
    server.store.interactions.note(
        server.tenant.id, waiting.interaction.digest, {"selected_account": account.id}
    )


def note_registration(server: AuthorizationServer, waiting: Waiting) -> None:
    """Remember that the person was sent to make an account; coming back, they log in."""
    server.store.interactions.note(
        server.tenant.id, waiting.interaction.digest, {"registered": True}
    )


def _client_of_expired(server: AuthorizationServer, identifier: str, browser: str) -> Client | None:
    """Whose request it was, for the browser that brought it and came back too late."""
    found = server.store.interactions.find_expired(server.tenant.id, digest(identifier))
    if found is None or not compare_digest(found.browser_digest, digest(browser)):
        return None
    return server.clients.find(found.client_id)


def _parameters(interaction: Interaction) -> Params:
    pairs: list[Any] = interaction.data["parameters"]
    return Params((str(name), str(value)) for name, value in pairs)


def _gone() -> UnsafeRedirect:
    return UnsafeRedirect(
        "interaction_missing",
        "This page belongs to a sign-in that has not been started.",
        reason="no interaction id",
    )


def _other_browser() -> UnsafeRedirect:
    return UnsafeRedirect(
        "interaction_of_other_browser",
        "This sign-in was started in another browser, so it is invalid here.",
        reason="the browser's cookie does not belong to the interaction",
    )
