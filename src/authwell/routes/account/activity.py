"""The page of what happened with the account: its audit events in words, the latest first."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Response, request
from flask_babel import lazy_gettext

from authwell.identity.people.activity import mark_after, place_of
from authwell.identity.sessions.user_agents import device_name
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import AuditLog

PAGE: Final = 25

_ = lazy_gettext

SENTENCES: Final[Mapping[str, Any]] = {
    EventType.ACCOUNT_CREATED: _("The account was made"),
    EventType.ACCOUNT_UPDATED: _("Your profile was changed"),
    EventType.LOGIN_SUCCEEDED: _("You logged in"),
    EventType.LOGIN_FAILED: _("Somebody tried to log in as you and did not succeed"),
    EventType.LOGIN_SUSPICIOUS: _("A login looked unusual"),
    EventType.ACCOUNT_SUSPICIOUS: _("Unusual activity in your account"),
    EventType.ACCOUNT_UNLOCKED: _("Your account is unlocked"),
    EventType.MAIL_FAILED: _("A mail to you could not be delivered"),
    EventType.SESSION_ENDED: _("A session was ended"),
    EventType.DEVICE_FORGOTTEN: _("A device was forgotten"),
    EventType.PASSWORD_CHANGED: _("The password was changed"),
    EventType.PASSWORD_RESET: _("The password was changed by a link from a mail"),
    EventType.PASSWORD_RESET_REQUESTED: _("A link for another password was asked for"),
    EventType.MAGIC_LINK_REQUESTED: _("A link to log in was asked for"),
    EventType.EMAIL_CHANGE_REQUESTED: _("Another email address was asked for"),
    EventType.EMAIL_CHANGED: _("The email address was changed"),
    EventType.EMAIL_VERIFIED: _("The email address was confirmed"),
    EventType.FACTOR_ADDED: _("A way to log in was added"),
    EventType.FACTOR_REMOVED: _("A way to log in was removed"),
    EventType.SECOND_FACTOR_FAILED: _("A wrong code was entered"),
    EventType.BACKUP_CODE_USED: _("A backup code was used"),
    EventType.BACKUP_CODES_RENEWED: _("New backup codes were made"),
    EventType.PASSKEY_REGISTERED: _("A passkey was added"),
    EventType.PASSKEY_RENAMED: _("A passkey was renamed"),
    EventType.PASSKEY_REMOVED: _("A passkey was removed"),
    EventType.API_KEY_CREATED: _("An API key was made"),
    EventType.API_KEY_REVOKED: _("An API key was removed"),
    EventType.ACCOUNT_REGISTERED: _("The account was made"),
    EventType.ACCOUNT_EXPORTED: _("Your data were downloaded"),
    EventType.ACCOUNT_RESTORED: _("The account was given back"),
    EventType.AUTHORIZATION_GRANTED: _("You let an application have access"),
    EventType.CONSENT_REVOKED: _("You took an application's access back"),
    EventType.GRANT_REVOKED: _("An application's access ended"),
    EventType.CODE_REPLAYED: _("A code was used twice, so the access that came of it was ended"),
    EventType.REFRESH_TOKEN_REPLAYED: _(
        "A token was used twice, so the access that came of it was ended"
    ),
    EventType.PASSWORD_GRANT_USED: _("An application logged in with your password"),
}
"""By the type of the event."""
OTHER: Final = _("Something of your account was changed")


def show() -> Response:
    """A page of events, and where the next begins."""
    tenant_id, account_id = authorization_server().tenant.id, person().account.id
    before, before_id = _place(request.args.get("before"))
    log = AuditLog(site().database)
    found = log.list_of_account(
        tenant_id,
        account_id,
        before=before,
        before_id=before_id,
        limit=PAGE + 1,
        with_steps=False,
    )
    page, more = found[:PAGE], found[PAGE:]
    return account_page(
        "account/activity.html",
        "activity",
        events=[_shown(event) for event in page],
        earlier=mark_after(page[-1]) if more else None,
        is_first=request.args.get("before") is None,
    )


def _shown(event: Event) -> dict[str, object]:
    client = None
    if event.client_id is not None:
        found = authorization_server().clients.find(event.client_id)
        client = found.name if found is not None else event.client_id
    return {
        "sentence": SENTENCES.get(event.type, OTHER),
        "code": None if event.type in SENTENCES else event.type,
        "at": event.at,
        "client": client,
        "device": device_name(event.user_agent) if event.user_agent else None,
        "address": event.address,
        "actor": event.actor,
    }


def _place(text: str | None) -> tuple[datetime, str]:
    """The place of a mark; of anything else the end."""
    return place_of(text or "") or (authorization_server().now + timedelta(days=1), "")
