"""`/webhooks/{integration_type}` (J8): integrations tell us of events."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from authwell.identity.integrations.receiving import (
    AnotherMessage,
    NoMessage,
    NotProved,
    Sent,
    UnknownSender,
)
from authwell.middleware.api.bodies import JSON
from authwell.middleware.api.operations import Api, json_response
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits.decorators import conditional_limit
from authwell.middleware.metrics import count_received
from authwell.protocol.errors import InvalidApiKey
from authwell.routes.integrations.schemas import TakenSchema

api = Api("incoming_webhooks", "/webhooks", prefixes=("/api/v1",))

_REFUSALS = {
    400: "The body is no message",
    401: "The key or the signature is not that of an active integration of this type",
    409: "Another message was taken under this id",
    415: "The body is not JSON",
}


@api.add(
    "POST",
    "/<integration_type>",
    # Other systems tell of what happens there, which is more than a person does.
    limit=conditional_limit("600/minute"),
    needs=None,
    proofs=("integration_key", "integration_signature"),
    sent_headers={
        "webhook-id": "Of the message; a second one of the same id is not taken",
        "webhook-timestamp": "When it was sent, in seconds since 1970",
    },
    answer=TakenSchema,
    status=202,
    refusals=_REFUSALS,
)
def receive_event(integration_type: str) -> Mapping[str, Any] | Response:
    """Take a message, once: 202, or 200 if it was taken before."""
    sent = _sent(integration_type)
    try:
        outcome = site().receiver.receive(authorization_server(), sent)
    except UnknownSender as error:
        count_received("refused")
        raise InvalidApiKey(str(error)) from error
    except NotProved as error:
        count_received("refused")
        raise Problem(401, "invalid_signature", f"The message is not proved: {error}.") from error
    except NoMessage as error:
        raise Problem(400, "invalid_request", str(error)) from error
    except AnotherMessage as error:
        raise Problem(409, "conflict", "Another message was taken under this id.") from error
    count_received(outcome)
    answer = {"id": sent.message_id, "status": outcome}
    return json_response(answer, 202 if outcome == "accepted" else 200)


def _sent(integration_type: str) -> Sent:
    headers = request.environ
    api_key = headers.get("HTTP_X_API_KEY")
    if api_key is None:
        raise InvalidApiKey("no API key")
    if request.mimetype != JSON:
        raise Problem(415, "unsupported_media_type", f"Send the body as {JSON}.")
    return Sent(
        integration_type=integration_type,
        api_key=api_key,
        message_id=headers.get("HTTP_WEBHOOK_ID", ""),
        timestamp=headers.get("HTTP_WEBHOOK_TIMESTAMP", ""),
        signatures=headers.get("HTTP_WEBHOOK_SIGNATURE", ""),
        body=request.get_data(cache=False),
    )
