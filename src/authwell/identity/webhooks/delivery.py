"""Sending webhooks: signed, to checked addresses, again later if need be (THREATS.md WH-01 to 08).

The answer of a receiver is not read but for its status; nobody sees the rest of it.
"""

from datetime import datetime
from typing import Final, Literal

from authwell.identity.webhooks.secrets import EndpointSecrets
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.webhooks.endpoints import Endpoint, Endpoints, disable_endpoint
from authwell.storage.webhooks.queue import LONGEST, MAX_ATTEMPTS, WebhookQueue
from authwell.storage.work.outbox import Entry
from authwell.utils import standard_webhooks
from authwell.utils.logs import get_logger
from authwell.utils.outgoing import ForbiddenTarget, Limits, Outgoing, OutgoingError
from authwell.utils.sealing import CannotOpen, Sealer

Outcome = Literal["delivered", "retried", "failed"]

LIMITS: Final = Limits(seconds=10.0, bytes=65_536)
MAX_FORBIDDEN: Final = 3
"""After so many attempts it is given up, where an address may not be called."""
GONE: Final = 410

log = get_logger("webhooks")


class NotTaken(Exception):
    """A receiver did not take its message; the text is for our log and for the endpoint's owners.

    Attributes:
        status: of HTTP, if there was an answer.
        last_attempt: after which another one makes no sense.
    """

    def __init__(
        self, problem: str, status: int | None = None, last_attempt: int = MAX_ATTEMPTS
    ) -> None:
        """See the class."""
        super().__init__(problem)
        self.status = status
        self.last_attempt = last_attempt


class WebhookDelivery:
    """Delivers the webhooks of all tenants."""

    def __init__(self, database: Database, sealer: Sealer, outgoing: Outgoing) -> None:
        """Take where they wait, what opens their secrets, and what calls other servers."""
        self._database = database
        self._queue = WebhookQueue(database)
        self._endpoints = Endpoints(database)
        self._secrets = EndpointSecrets(sealer)
        self._outgoing = outgoing

    def deliver(self, server: AuthorizationServer, entry: Entry) -> Outcome:
        """Send one message that was claimed, and note what became of it.

        Args:
            server: with the time of this attempt.
            entry: as `WebhookQueue.claim` gave it.
        """
        try:
            status = self._send(entry, server.now)
        except NotTaken as problem:
            return self._note_failure(entry, problem, server.now)
        self._queue.finish(entry, status, server.now)
        return "delivered"

    def _send(self, entry: Entry, now: datetime) -> int:
        endpoint = self._endpoints.find(entry.tenant_id, entry.payload["endpoint_id"])
        if endpoint is None or endpoint.status != "active":
            raise NotTaken("the endpoint is gone or disabled", last_attempt=1)
        body = entry.payload["body"].encode()
        try:
            answer = self._outgoing.send(
                "POST",
                endpoint.url,
                content=body,
                headers=self._headers(endpoint, entry, body, now),
                limits=LIMITS,
            )
        except ForbiddenTarget as error:
            raise NotTaken("the address may not be called", None, MAX_FORBIDDEN) from error
        except OutgoingError as error:
            raise NotTaken(_problem_of(error)) from error
        if not 200 <= answer.status < 300:
            last = 1 if answer.status == GONE else MAX_ATTEMPTS
            raise NotTaken(f"the answer was {answer.status}", answer.status, last)
        return answer.status

    def _headers(
        self, endpoint: Endpoint, entry: Entry, body: bytes, now: datetime
    ) -> dict[str, str]:
        try:
            keys = self._secrets.keys(endpoint, now)
        except CannotOpen as error:
            raise NotTaken("the secret does not open under KEY_ENCRYPTION_KEY") from error
        signature = standard_webhooks.signed(keys, entry.payload["event_id"], now, body)
        return {**signature, "Content-Type": "application/json"}

    def _note_failure(self, entry: Entry, problem: NotTaken, now: datetime) -> Outcome:
        is_late = now - entry.payload["begun_at"] >= LONGEST
        is_last = entry.attempts >= problem.last_attempt or is_late
        log.warning(
            "webhook",
            outcome="failed" if is_last else "retried",
            endpoint_id=entry.payload["endpoint_id"],
            event_id=entry.payload["event_id"],
            attempts=entry.attempts,
            problem=str(problem),
        )
        if not is_last:
            self._queue.fail(entry, str(problem), now, problem.status)
            return "retried"
        event = _event(
            EventType.WEBHOOK_FAILED, entry, now, attempts=entry.attempts, problem=str(problem)
        )
        self._queue.give_up(entry, str(problem), now, event, problem.status)
        if problem.status == GONE:
            self._disable(entry, now)
        return "failed"

    def _disable(self, entry: Entry, now: datetime) -> None:
        """Who says that it is gone is asked no more."""
        problem = "The receiver answered 410 Gone."
        event = _event(EventType.WEBHOOK_DISABLED, entry, now, problem=problem)
        with self._database.transaction() as transaction:
            endpoint_id = entry.payload["endpoint_id"]
            disable_endpoint(transaction, entry.tenant_id, endpoint_id, problem, event)


def _problem_of(error: OutgoingError) -> str:
    """What went wrong, without what a receiver or a resolver may have said."""
    return {
        "Unreachable": "the receiver could not be reached in time",
        "UnusableAnswer": "the answer was a redirect, too long or compressed",
    }.get(type(error).__name__, "the call failed")


def _event(kind: EventType, entry: Entry, now: datetime, **data: object) -> Event:
    known = {name: entry.payload[name] for name in ("endpoint_id", "event_id", "event_type")}
    return Event(type=kind, tenant_id=entry.tenant_id, at=now, data={**known, **data})
