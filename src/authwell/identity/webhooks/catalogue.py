"""What webhooks are offered: types of events, and what of each leaves the house.

An event of the audit log may hold whatever helps an administrator. A receiver gets the ids of whom
it is about, and of its data the members that are listed here and no others (THREATS.md WH-09).
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from authwell.protocol.events import EventType
from authwell.protocol.model import Event

TEST: Final = "webhook.test"
"""Sent when an administrator asks for it; nobody subscribes to it."""

OFFERED: Final[Mapping[EventType, frozenset[str]]] = {
    EventType.ACCOUNT_CREATED: frozenset(),
    EventType.ACCOUNT_REGISTERED: frozenset(),
    EventType.ACCOUNT_UPDATED: frozenset({"members"}),
    EventType.ACCOUNT_ROLES_CHANGED: frozenset({"members", "roles", "before"}),
    EventType.ACCOUNT_DELETED: frozenset(),
    EventType.ACCOUNT_RESTORED: frozenset(),
    EventType.ACCOUNT_ERASED: frozenset(),
    EventType.ACCOUNT_UNLOCKED: frozenset({"by"}),
    EventType.ACCOUNT_SUSPICIOUS: frozenset({"rule"}),
    EventType.EMAIL_VERIFIED: frozenset(),
    EventType.EMAIL_CHANGED: frozenset({"undo"}),
    EventType.PASSWORD_CHANGED: frozenset(),
    EventType.PASSWORD_RESET: frozenset(),
    EventType.FACTOR_ADDED: frozenset({"factor"}),
    EventType.FACTOR_REMOVED: frozenset({"factor"}),
    EventType.FACTORS_RESET: frozenset(),
    EventType.PASSKEY_REGISTERED: frozenset(),
    EventType.PASSKEY_REMOVED: frozenset(),
    EventType.LOGIN_SUCCEEDED: frozenset({"amr", "again"}),
    EventType.LOGIN_FAILED: frozenset(),
    EventType.LOGIN_BLOCKED: frozenset(),
    EventType.LOGIN_SUSPICIOUS: frozenset({"rule"}),
    EventType.SESSION_ENDED: frozenset({"by", "reason"}),
    EventType.CONSENT_REVOKED: frozenset(),
    EventType.GRANT_REVOKED: frozenset({"reason"}),
    EventType.CLIENT_CREATED: frozenset(),
    EventType.CLIENT_REGISTERED: frozenset(),
    EventType.CLIENT_UPDATED: frozenset({"members"}),
    EventType.CLIENT_DELETED: frozenset(),
    EventType.API_KEY_CREATED: frozenset({"key_id", "scopes"}),
    EventType.API_KEY_REVOKED: frozenset({"key_id"}),
    EventType.CODE_REPLAYED: frozenset(),
    EventType.REFRESH_TOKEN_REPLAYED: frozenset(),
    EventType.AUDIT_BROKEN: frozenset({"problem"}),
    EventType.KEY_ACTIVATED: frozenset({"alg", "kid"}),
    EventType.KEY_RETIRED: frozenset({"alg", "kid"}),
    EventType.TENANT_UPDATED: frozenset({"members"}),
    EventType.ROLE_CREATED: frozenset({"role"}),
    EventType.ROLE_UPDATED: frozenset({"role", "members"}),
    EventType.ROLE_DELETED: frozenset({"role"}),
    EventType.INTEGRATION_EVENT_RECEIVED: frozenset(
        {"integration_id", "message_id", "message_type"}
    ),
}
"""Each type with the members of its data that are sent."""


def subject_of(event: Event) -> str:
    """What an event is about; events of one subject are sent in their order."""
    if event.account_id is not None:
        return f"account:{event.account_id}"
    return f"client:{event.client_id}" if event.client_id is not None else "tenant"


def body_of(event: Event, tenant: str) -> str:
    """The message (Standard Webhooks 1.0: `type`, `timestamp`, `data`), as it is signed.

    Args:
        event: of an offered type.
        tenant: the slug of its tenant.
    """
    named = {
        "account_id": event.account_id,
        "client_id": event.client_id,
        "session_id": event.session_id,
    }
    allowed = OFFERED[EventType(event.type)]
    data: dict[str, Any] = {
        "event_id": event.id,
        "tenant": tenant,
        **{name: value for name, value in named.items() if value is not None},
        **{name: value for name, value in event.data.items() if name in allowed},
    }
    message = {"type": event.type, "timestamp": event.at, "data": data}
    return orjson.dumps(message, option=orjson.OPT_UTC_Z).decode()
