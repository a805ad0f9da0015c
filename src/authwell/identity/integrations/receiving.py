"""Messages of integrations: proved by key and signature, taken once (REQUIREMENTS.md J8).

The key says who sends, the signature that the message is theirs and of now; a message that is sent
again under its id is the same message, whoever sends it (THREATS.md WH-05).
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from authwell.identity.configuration.authors import Author
from authwell.identity.integrations.credentials import IntegrationSecrets
from authwell.identity.integrations.service import event_of
from authwell.protocol.events import EventType
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.integrations import Integration, Received
from authwell.storage.integrations import Integrations as Stored
from authwell.utils import standard_webhooks
from authwell.utils.foreign_json import NO_JSON, parse_json
from authwell.utils.randomness import digest
from authwell.utils.sealing import CannotOpen, Sealer

LONGEST_TYPE: Final = 128
LONGEST_ID: Final = 255

Outcome = Literal["accepted", "duplicate"]


class UnknownSender(Exception):
    """No active integration of this type has the key."""


class NotProved(Exception):
    """The signature is missing or wrong, or the message is not of now; the text says which."""


class NoMessage(Exception):
    """The body is not a message; the text says why."""


class AnotherMessage(Exception):
    """Another message was taken under this id."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What came in.

    Attributes:
        integration_type: of the path.
        api_key: of the header `X-API-Key`.
        message_id: of the header `webhook-id`, as the following of theirs.
    """

    integration_type: str
    api_key: str
    message_id: str
    timestamp: str
    signatures: str
    body: bytes


class Receiver:
    """Takes the messages of all tenants' integrations."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        """Work on one database."""
        self._stored = Stored(database)
        self._secrets = IntegrationSecrets(sealer)

    def receive(self, server: AuthorizationServer, sent: Sent) -> Outcome:
        """Take a message.

        Args:
            server: of this request.
            sent: what came in.

        Raises:
            UnknownSender: nobody was asked for more then; as the next.
            NotProved: nothing was kept.
            NoMessage: nothing was kept.
            AnotherMessage: its id was used for something else.
        """
        integration = self._sender(server, sent)
        self._require_proof(server, integration, sent)
        payload = _payload(sent.body)
        message = Received(
            integration_id=integration.id,
            message_id=sent.message_id,
            tenant_id=integration.tenant_id,
            type=payload["type"],
            body_digest=digest(sent.body.decode("latin-1")),
            payload=payload,
            received_at=server.now,
        )
        return self._take(server, integration, message)

    def _sender(self, server: AuthorizationServer, sent: Sent) -> Integration:
        found = self._stored.find_by_key(server.tenant.id, digest(sent.api_key), server.now)
        if found is None:
            raise UnknownSender("unknown or ended key of an integration")
        if found.type != sent.integration_type:
            raise UnknownSender(f"the integration is of the type {found.type}")
        return found

    def _require_proof(
        self, server: AuthorizationServer, integration: Integration, sent: Sent
    ) -> None:
        if not 1 <= len(sent.message_id) <= LONGEST_ID or not sent.message_id.isprintable():
            raise NotProved("webhook-id is missing or too long")
        if not standard_webhooks.is_timely(sent.timestamp, server.now):
            raise NotProved("webhook-timestamp is not within five minutes of now")
        kept = [integration.current]
        ends_at = integration.previous_until
        if integration.previous is not None and ends_at is not None and ends_at > server.now:
            kept.append(integration.previous)
        try:
            keys = [self._secrets.signing_key(integration, each) for each in kept]
        except CannotOpen as error:
            raise NotProved("the secret does not open under KEY_ENCRYPTION_KEY") from error
        proof = (sent.message_id, sent.timestamp, sent.signatures, sent.body)
        if not standard_webhooks.is_signed(keys, *proof):
            raise NotProved("webhook-signature is not by the secret of this integration")

    def _take(
        self, server: AuthorizationServer, integration: Integration, message: Received
    ) -> Outcome:
        actor = Author(f"integration:{integration.id}", server.now, server.caller)
        event = event_of(
            EventType.INTEGRATION_EVENT_RECEIVED,
            integration,
            actor,
            message_id=message.message_id,
            message_type=message.type,
        )
        if self._stored.take(message, event):
            return "accepted"
        if self._stored.digest_of(integration.id, message.message_id) != message.body_digest:
            raise AnotherMessage(message.message_id)
        return "duplicate"


def _payload(body: bytes) -> dict[str, Any]:
    try:
        parsed = parse_json(body)
    except orjson.JSONDecodeError as error:
        raise NoMessage(NO_JSON) from error
    if not isinstance(parsed, dict):
        raise NoMessage("The body must be an object.")
    kind = parsed.get("type")
    if not isinstance(kind, str) or not 1 <= len(kind) <= LONGEST_TYPE or not kind.isprintable():
        raise NoMessage(f"type must be a text of 1 to {LONGEST_TYPE} characters.")
    return parsed
