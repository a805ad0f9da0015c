"""Events that somebody has to be told of: they leave an entry in the outbox where they are kept.

So the request that met one answers at once, and telling happens when the outbox is worked off.
"""

from collections.abc import Mapping

from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.work.outbox import Entry

ALERT = "alert"
"""`outbox.kind` of them; the payload is the event."""

RULES: Mapping[str, str] = {
    EventType.REFRESH_TOKEN_REPLAYED: "refresh_token_reuse",
    EventType.PASSKEY_COUNTER_REGRESSED: "counter_regression",
}
"""The rule of suspicious activity that an event of this type is."""


def alert_of(event: Event) -> Entry | None:
    """The entry that goes with an event; None for nearly all of them."""
    rule = RULES.get(event.type)
    if rule is None or event.account_id is None:
        return None
    payload = {
        "rule": rule,
        "account_id": event.account_id,
        "client_id": event.client_id,
        "session_id": event.session_id,
        "address": event.address,
        "request_id": event.request_id,
    }
    return Entry(event.tenant_id, ALERT, payload, event.at)
