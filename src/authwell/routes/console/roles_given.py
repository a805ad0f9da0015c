"""Which roles an administrator may give: those that hold no more than they do (THREATS.md TN-05)."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext

from authwell.identity.configuration.problems import Problem, Refused
from authwell.middleware.console_pages import held
from authwell.middleware.context import authorization_server, site
from authwell.protocol.access import ADMIN, Held
from authwell.storage.access.reading import list_roles
from authwell.storage.access.records import RoleRecord


def roles_to_give() -> list[str]:
    """By name; a superuser may give all that there are."""
    own = held()
    roles = {role.name: role for role in list_roles(site().database, _tenant_id())}
    return sorted(name for name in roles if own.is_superuser or _covers(own, roles, name))


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


def _covers(own: Held, roles: Mapping[str, RoleRecord], name: str) -> bool:
    """Whether somebody holds all that comes with a role, by inheritance too."""
    names, waiting = set[str](), [name]
    while waiting:
        current = waiting.pop()
        if current not in names and current in roles:
            names.add(current)
            waiting.extend(roles[current].parents)
    return ADMIN not in names and own.covers(
        permission for each in names for permission in roles[each].permissions
    )


def _tenant_id() -> str:
    return authorization_server().tenant.id
