"""Telling clients that a session has ended (OpenID Connect Back-Channel Logout section 2.5).

What waits in the outbox is sent at least once. A client that does not answer is asked again,
later each time, with a freshly signed token; at the end it is given up, and an event says so.
"""

from dataclasses import replace
from typing import Final, Literal
from urllib.parse import urlencode

from authwell.protocol.errors import NoEncryptionKey
from authwell.protocol.events import EventType
from authwell.protocol.logout.back_channel import EndedLogin, sign_logout_token
from authwell.protocol.model import Client, Event
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens.access_token import NoKey
from authwell.storage.database import Database
from authwell.storage.work.outbox import Entry, Outbox
from authwell.storage.work.queues import MAX_ATTEMPTS
from authwell.utils.logs import get_logger
from authwell.utils.outgoing import Limits, Outgoing, OutgoingError

Outcome = Literal["delivered", "retried", "failed"]

LIMITS: Final = Limits(seconds=5.0)
MAX_REFUSALS: Final = 3
"""After so many 400s it is given up. One alone may come of keys that the client has kept too long."""

_HEADERS: Final = {
    "Content-Type": "application/x-www-form-urlencoded",
    "Cache-Control": "no-store",
    "Accept": "application/json",
}

log = get_logger("back_channel")


class NotTaken(Exception):
    """A client did not take its token; the text is for our log.

    Attributes:
        last_attempt: after which another one makes no sense.
    """

    def __init__(self, problem: str, last_attempt: int = MAX_ATTEMPTS) -> None:
        """See the class."""
        super().__init__(problem)
        self.last_attempt = last_attempt


class BackChannel:
    """Delivers the logout tokens of the outbox."""

    def __init__(self, database: Database, outgoing: Outgoing) -> None:
        """Take where they wait, and what calls other servers."""
        self._outbox = Outbox(database)
        self._outgoing = outgoing

    def deliver(self, server: AuthorizationServer, entry: Entry) -> Outcome:
        """Send one token that was claimed, and note what became of it.

        Args:
            server: with the time of this attempt.
            entry: as `Outbox.claim` gave it.
        """
        try:
            self._send(server, entry)
        except NotTaken as problem:
            return self._note_failure(server, entry, problem)
        self._outbox.finish(
            entry, server.now, _event(server, entry, EventType.BACKCHANNEL_LOGOUT_DELIVERED)
        )
        return "delivered"

    def _send(self, server: AuthorizationServer, entry: Entry) -> None:
        client = _client(server, entry)
        ended = EndedLogin(entry.payload["account_id"], entry.payload["sid"])
        try:
            token = sign_logout_token(server, client, ended)
            answer = self._outgoing.send(
                "POST",
                str(client.backchannel_logout_uri),
                content=urlencode({"logout_token": token}).encode(),
                headers=_HEADERS,
                limits=LIMITS,
            )
        except (OutgoingError, NoKey, NoEncryptionKey) as error:
            raise NotTaken(f"{type(error).__name__}: {error}") from error
        if answer.status == 400:
            raise NotTaken("the client refused it with 400", MAX_REFUSALS)
        if not 200 <= answer.status < 300:
            raise NotTaken(f"the client answered {answer.status}")

    def _note_failure(
        self, server: AuthorizationServer, entry: Entry, problem: NotTaken
    ) -> Outcome:
        is_last = entry.attempts >= problem.last_attempt
        log.warning(
            "backchannel_logout",
            outcome="failed" if is_last else "retried",
            client_id=entry.payload["client_id"],
            session_id=entry.session_id,
            attempts=entry.attempts,
            problem=str(problem),
        )
        if not is_last:
            self._outbox.fail(entry, str(problem), server.now)
            return "retried"
        failed = EventType.BACKCHANNEL_LOGOUT_FAILED
        event = _event(server, entry, failed, problem=str(problem)[:500])
        self._outbox.give_up(entry, str(problem), server.now, event)
        return "failed"


def _client(server: AuthorizationServer, entry: Entry) -> Client:
    client = server.clients.find(entry.payload["client_id"])
    if client is not None and client.backchannel_logout_uri is not None:
        return client
    newer = server.newer()
    if newer is not None:
        return _client(newer, entry)
    raise NotTaken("the client is gone, or wants no logout tokens any more", last_attempt=1)


def _event(server: AuthorizationServer, entry: Entry, kind: EventType, **data: object) -> Event:
    event = server.event(kind, data={"attempts": entry.attempts, **data})
    return replace(
        event,
        client_id=entry.payload["client_id"],
        account_id=entry.payload["account_id"],
        session_id=entry.session_id,
    )
