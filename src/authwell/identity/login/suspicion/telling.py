"""Telling a person what was noticed: an audit event, and a letter to an address that is theirs."""

from dataclasses import dataclass

from authwell.identity.mail.letters import Letter, Letters
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.database import Transaction
from authwell.storage.people.accounts import find_account
from authwell.utils.urls import below

SESSIONS = "/account/sessions"
SECURITY = "/account/security"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is told: a rule, and what is known of who it was."""

    rule: str
    device: str
    location: str | None


def tell(
    transaction: Transaction, letters: Letters, issuer: str, event: Event, sighting: Sighting
) -> bool:
    """Keep the event and post the letter; whether there is one.

    An address that nobody has proven gets none: it may be a stranger's (THREATS.md RC-07).
    """
    add_event(transaction, event)
    record = find_account(transaction, event.tenant_id, event.account_id or "")
    if record is None or record.email is None or not record.email_verified:
        return False
    is_device = sighting.rule == "new_device" and event.type == EventType.LOGIN_SUSPICIOUS
    values = {
        "name": record.full_name or "",
        "at": event.at.isoformat(),
        "device": sighting.device,
        "location": sighting.location or "",
        "address": event.address or "",
        "link": below(issuer, SESSIONS if is_device else SECURITY),
    }
    if not is_device:
        values["what"] = sighting.rule
    template = "new_device" if is_device else "suspicious_activity"
    letter = Letter(template, record.email, record.locale, values, record.id)
    letters.post(transaction, event.tenant_id, letter, event.at)
    return True
