"""Which roles an administrator may give: those that they have themselves (THREATS.md TN-05)."""

from collections.abc import Iterable

from flask_babel import gettext

from authwell.identity.access import ADMIN, BUILT_IN_ROLES
from authwell.identity.configuration.problems import Problem, Refused
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import administrator


def roles_to_give() -> list[str]:
    """By name; a superuser may give all that there are."""
    own = set(administrator().account.roles)
    known = BUILT_IN_ROLES | configurator().state().roles.keys()
    return sorted(known if ADMIN in own else known & own)


def require_may_give(roles: Iterable[str]) -> None:
    """Check that each is known and may be given.

    Raises:
        Refused: one is not.
    """
    if set(roles) - set(roles_to_give()):
        text = gettext("You may give only roles that you have yourself.")
        raise Refused([Problem("roles", text, "not_allowed")])
