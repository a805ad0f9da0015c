"""Which roles an administrator may give: those that they have themselves (THREATS.md TN-05)."""

from collections.abc import Iterable

from flask_babel import gettext

from authwell.identity.configuration.problems import Problem, Refused
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import held


def roles_to_give() -> list[str]:
    """By name; a superuser may give all that there are."""
    known, own = configurator().state().roles.keys(), held()
    return sorted(known if own.is_superuser else known & own.roles)


def require_may_give(roles: Iterable[str]) -> None:
    """Check that each is known and may be given, or taken.

    Raises:
        Refused: one is not.
    """
    if set(roles) - set(roles_to_give()):
        text = gettext("You may give only roles that you have yourself.")
        raise Refused([Problem("roles", text, "not_allowed")])
