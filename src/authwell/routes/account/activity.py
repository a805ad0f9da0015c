"""The page of what happened with the account: its audit events in words, the latest first."""

from datetime import datetime, timedelta
from typing import Final

from flask import Response, request
from flask_babel import lazy_gettext

from authwell.identity.activity import mark_after, place_of
from authwell.identity.user_agents import device_name
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.protocol.model import Event
from authwell.storage.audit import AuditLog

PAGE: Final = 25

_ = lazy_gettext

SENTENCES: Final = {
    "account.created": _("The account was made"),
    "account.updated": _("Your profile was changed"),
    "login.succeeded": _("You logged in"),
    "login.failed": _("Somebody tried to log in as you and did not succeed"),
    "login.suspicious": _("A login looked unusual"),
    "account.suspicious": _("Unusual activity in your account"),
    "account.unlocked": _("Your account is unlocked"),
    "mail.failed": _("A mail to you could not be delivered"),
    "session.ended": _("A session was ended"),
    "device.forgotten": _("A device was forgotten"),
    "password.set": _("The password was changed"),
    "password.changed": _("The password was changed"),
    "password.reset": _("The password was changed by a link from a mail"),
    "password.reset_requested": _("A link for another password was asked for"),
    "magic_link.requested": _("A link to log in was asked for"),
    "email.change_requested": _("Another email address was asked for"),
    "email.changed": _("The email address was changed"),
    "email.verified": _("The email address was confirmed"),
    "factor.added": _("A way to log in was added"),
    "factor.removed": _("A way to log in was removed"),
    "second_factor.failed": _("A wrong code was entered"),
    "backup_code.used": _("A backup code was used"),
    "backup_codes.renewed": _("New backup codes were made"),
    "passkey.registered": _("A passkey was added"),
    "passkey.renamed": _("A passkey was renamed"),
    "passkey.removed": _("A passkey was removed"),
    "api_key.created": _("An API key was made"),
    "api_key.revoked": _("An API key was removed"),
    "account.registered": _("The account was made"),
    "account.exported": _("Your data were downloaded"),
    "account.restored": _("The account was given back"),
    "authorization.granted": _("You let an application have access"),
    "consent.revoked": _("You took an application's access back"),
    "grant.revoked": _("An application's access ended"),
    "code.replayed": _("A code was used twice, so the access that came of it was ended"),
    "refresh_token.replayed": _("A token was used twice, so the access that came of it was ended"),
    "password_grant.used": _("An application logged in with your password"),
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
