"""What the console calls the members of the API's objects.

Those that standards name, such as `redirect_uris`, are shown by that name.
"""

from typing import Final

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

_ = lazy_gettext

WORDS: Final[dict[str, LazyString]] = {
    "action": _("What happens"),
    "address": _("Address"),
    "amr": _("Shown"),
    "at": _("When"),
    "challenge": _("Line of the file"),
    "client": _("Client"),
    "created_at": _("Made"),
    "description": _("Description"),
    "domain": _("Domain"),
    "email": _("Email"),
    "ended_at": _("Ended"),
    "event": _("Event"),
    "expires_at": _("Until"),
    "full_name": _("Full name"),
    "groups": _("Groups"),
    "last_login_at": _("Last login"),
    "last_seen_at": _("Last seen"),
    "name": _("Name"),
    "parents": _("Inherits from"),
    "permissions": _("Permissions"),
    "roles": _("Roles"),
    "sent_at": _("Sent"),
    "session": _("Session"),
    "since": _("Since"),
    "status": _("Status"),
    "type": _("Kind"),
    "updated_at": _("Changed"),
    "user": _("User"),
    "user_agent": _("Browser"),
    "username": _("User name"),
}


def words(*names: str) -> tuple[LazyString | str, ...]:
    """The headings of these members."""
    return tuple(WORDS.get(name, name) for name in names)
