"""What the page after a form says: that it was done.

A form answers with 303, so that it is not sent twice, and leaves the name of a sentence in a
cookie for the next page. Only names of the table are known, so nobody else's words are shown.
"""

from typing import Final

from flask import Response, g, request
from flask_babel import lazy_gettext

from authwell.middleware.context import authorization_server, site

_ = lazy_gettext

SENTENCES: Final = {
    "console_done": _("Done."),
    "console_saved": _("Saved."),
    "profile_saved": _("Your profile was saved."),
    "session_ended": _("The session was ended."),
    "sessions_ended": _("All other sessions were ended."),
    "device_forgotten": _("The device was forgotten."),
    "key_removed": _("The key was removed. It does not work any more."),
    "password_changed": _("Your password was changed. All other sessions were ended."),
    "email_link_sent": _("We sent a link to the new address. Open it to go on."),
    "app_added": _("The app is on. Its codes are asked for from now on."),
    "app_removed": _("The app was removed."),
    "factor_required": _("You need a second factor here. Add another one first."),
    "passkey_added": _("The passkey was added."),
    "passkey_removed": _("The passkey was removed."),
    "access_removed": _("The application has no access to your account any more."),
}
"""By the name under which a view leaves one."""


def notify(response: Response, name: str) -> Response:
    """Let the next page say the sentence of that name."""
    response.set_cookie(
        _cookie_name(), name, max_age=60, secure=site().is_secure, httponly=True, samesite="Lax"
    )
    return response


def take_notice() -> str | None:
    """What this page is to say; `forget_notice` makes the browser forget it."""
    sentence = SENTENCES.get(request.cookies.get(_cookie_name(), ""))
    g.notice_shown = sentence is not None
    return None if sentence is None else str(sentence)


def forget_notice(response: Response) -> Response:
    """Say it once."""
    if g.get("notice_shown", False):
        response.delete_cookie(
            _cookie_name(), secure=site().is_secure, httponly=True, samesite="Lax"
        )
    return response


def _cookie_name() -> str:
    name = f"aw-{authorization_server().tenant.slug}-notice"
    return f"__Host-{name}" if site().is_secure else name
