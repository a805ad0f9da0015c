"""RP-Initiated Logout 1.0: what a logout request means, before anything is ended."""

from dataclasses import dataclass
from urllib.parse import urlencode

from authwell.protocol import subjects
from authwell.protocol.authorization import hints
from authwell.protocol.errors import UnsafeRedirect
from authwell.protocol.model import Client, Session
from authwell.protocol.params import Params
from authwell.protocol.server import AuthorizationServer


@dataclass(frozen=True, slots=True)
class EndBrowserSession:
    """End the session of this browser at once, then go to `location` or show our page."""

    session: Session
    client: Client | None
    location: str | None


@dataclass(frozen=True, slots=True)
class EndNamedSession:
    """End the session that a valid hint names; the request came without a cookie."""

    sid: str | None
    client: Client
    location: str | None


@dataclass(frozen=True, slots=True)
class AskFirst:
    """Ask the person, because nothing proves that the request is theirs."""

    session: Session
    client: Client | None
    location: str | None


@dataclass(frozen=True, slots=True)
class NothingToEnd:
    """Nobody is logged in here: show our page."""


Outcome = EndBrowserSession | EndNamedSession | AskFirst | NothingToEnd


def read_logout(server: AuthorizationServer, params: Params, session: Session | None) -> Outcome:
    """What to do with a logout request (section 2).

    A redirect goes only to a URI that the client of a valid hint has registered.

    Raises:
        UnsafeRedirect: repeated parameters, `client_id` and hint contradict each other, or
            the URI is not registered; shown on a page of ours.
    """
    if params.repeated or params.odd:
        raise UnsafeRedirect(
            "logout_malformed",
            "The sign-out request is invalid.",
            reason=f"repeated {sorted(params.repeated)}, odd {params.odd}",
        )
    hint = hints.read(server, params.optional("id_token_hint"))
    client = _client(server, hint, params.optional("client_id"))
    location = _location(client if hint else None, params)
    if session is None:
        if hint is None or client is None:
            return NothingToEnd()
        return EndNamedSession(hint.sid, client, location)
    if _is_own(hint, session) and _names(session, client, params.optional("logout_hint")):
        return EndBrowserSession(session, client, location)
    return AskFirst(session, client, location)


def _is_own(hint: hints.Hint | None, session: Session) -> bool:
    return hint is not None and hint.sid == subjects.sid(session.id, hint.client_id)


def _names(session: Session, client: Client | None, logout_hint: str | None) -> bool:
    """Whether a `logout_hint`, if there is one, means the person of the session: else they are
    asked, because the client thinks of somebody else.
    """
    if logout_hint is None:
        return True
    person = session.account
    names = {person.username, person.email}
    if client is not None:
        names |= {subjects.of(client, person), subjects.sid(session.id, client.client_id)}
    return logout_hint in names


def _client(
    server: AuthorizationServer, hint: hints.Hint | None, client_id: str | None
) -> Client | None:
    if hint is not None and client_id is not None and hint.client_id != client_id:
        raise UnsafeRedirect(
            "logout_client_differs",
            "The sign-out request is invalid: it names two applications.",
            reason=f"hint of {hint.client_id[:100]!r}, client_id {client_id[:100]!r}",
        )
    wanted = hint.client_id if hint is not None else client_id
    return server.clients.find(wanted) if wanted is not None else None


def _location(client: Client | None, params: Params) -> str | None:
    uri = params.optional("post_logout_redirect_uri")
    if uri is None or client is None:
        return None
    if uri not in client.post_logout_redirect_uris:
        raise UnsafeRedirect(
            "post_logout_redirect_uri_mismatch",
            "The address to return to after signing out (post_logout_redirect_uri) is not "
            "registered for this application, so it is invalid here.",
            reason=f"{uri[:300]!r} is not registered for {client.client_id}",
        )
    state = params.optional("state")
    if state is None:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state})}"
