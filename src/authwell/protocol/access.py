"""What somebody may do: roles, groups, and permissions written `resource_type:action`.

`manage` implies every other action on its resource type. A permission is held for all resources
of the type, or as a grant for single ones.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

ADMIN: Final = "admin"
"""The role of superusers, and the scope that whoever administers needs."""

MANAGE: Final = "manage"
"""The action that implies all others."""

ACTIONS: Final = ("create", "read", "update", "delete", MANAGE)

SUBJECT_TYPES: Final = ("project", "team", "document", "report")
"""Resource types that every tenant has for its own applications (REQUIREMENTS.md I8)."""

ADMINISTRATIVE_TYPES: Final = frozenset(
    {
        *("user", "client", "role", "permission", "resource", "session", "audit", "webhook"),
        *("integration", "key", "tenant", "policy", "branding", "block"),
    }
)
"""Those that this server's own operations are about."""

TYPE_NAME: Final = r"[a-z][a-z0-9_.-]{0,63}"
ACTION_NAME: Final = r"[a-z][a-z0-9_-]{0,31}"
_WRITTEN: Final = re.compile(f"({TYPE_NAME}):({ACTION_NAME})")

SCOPES: Final = frozenset({"roles", "groups", "permissions"})
"""Scopes that put the claims of their names into tokens (RFC 9068 section 2.2.3.1)."""


class Permission(NamedTuple):
    """An action on a resource type."""

    resource_type: str
    action: str

    def __str__(self) -> str:
        """As tokens and files have it."""
        return f"{self.resource_type}:{self.action}"


def read_permission(text: str) -> Permission | None:
    """The permission of a text; None if it is none."""
    found = _WRITTEN.fullmatch(text)
    return None if found is None else Permission(*found.groups())


@dataclass(frozen=True, slots=True)
class Held:
    """All that an account, or a client for itself, holds in its tenant.

    Attributes:
        roles: names, with those that come by groups and by inheritance.
        permissions: for all resources of their type.
        grants: permissions for single resources, with the id of each.
    """

    roles: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    grants: frozenset[tuple[str, str]] = frozenset()
    is_administrator: bool = field(init=False)
    """Whether it holds any administrative permission, which the scope `admin` asks for."""

    def __post_init__(self) -> None:
        """Find out once what is asked often."""
        types = {permission.partition(":")[0] for permission in self.permissions}
        object.__setattr__(self, "is_administrator", not types.isdisjoint(ADMINISTRATIVE_TYPES))

    @property
    def is_superuser(self) -> bool:
        """Whether it holds the role `admin`, in whatever way."""
        return ADMIN in self.roles

    def allows(self, resource_type: str, action: str, resource_id: str | None = None) -> bool:
        """Whether it may do this to the resource; to every one of the type if none is named."""
        permission, manage = f"{resource_type}:{action}", f"{resource_type}:{MANAGE}"
        if permission in self.permissions or manage in self.permissions:
            return True
        if resource_id is None:
            return False
        return (permission, resource_id) in self.grants or (manage, resource_id) in self.grants

    def covers(self, permissions: Iterable[str]) -> bool:
        """Whether it holds each of these itself."""
        return all(self.allows(*_parts(permission)) for permission in permissions)

    def covers_all_of(self, other: "Held") -> bool:
        """Whether it holds all that another one does."""
        return self.covers(other.permissions) and all(
            self.allows(*_parts(permission), resource_id)
            for permission, resource_id in other.grants
        )


NOTHING: Final = Held()


def _parts(permission: str) -> tuple[str, str]:
    resource_type, _, action = permission.partition(":")
    return resource_type, action
