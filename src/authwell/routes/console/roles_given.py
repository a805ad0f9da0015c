"""Which roles the forms of the console offer, and refuse: no more than their sender holds."""

from collections.abc import Iterable

from flask_babel import gettext

from authwell.identity.access import rules
from authwell.identity.configuration.problems import Problem, Refused
from authwell.middleware.console_pages import held
from authwell.middleware.context import authorization_server, site
from authwell.storage.access.reading import list_roles


def roles_to_give() -> list[str]:
    """By name; a superuser may give all that there are."""
    return rules.roles_to_give(site().database, _tenant_id(), held())


def require_may_give(roles: Iterable[str]) -> None:
    """Check that each is known and may be given, or taken.

    Raises:
        Refused: one is not.
    """
    if set(roles) - set(roles_to_give()):
        text = gettext("You may give only roles that hold no more than you do.")
        raise Refused([Problem("roles", text, "not_allowed")])


def require_may_take(roles: Iterable[str]) -> None:
    """Check the same of what ends; a role that is gone gives nothing.

    Raises:
        Refused: one of them holds more.
    """
    known = {role.name for role in list_roles(site().database, _tenant_id())}
    require_may_give(known & {*roles})


def _tenant_id() -> str:
    return authorization_server().tenant.id
