"""Rows of access control as values."""

from dataclasses import dataclass
from datetime import datetime

from authwell.protocol.access import Permission


@dataclass(frozen=True, slots=True)
class TypeRecord:
    """A resource type."""

    id: str
    name: str
    description: str
    built_in: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PermissionRecord:
    """A permission."""

    id: str
    resource_type: str
    action: str
    description: str
    built_in: bool
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        """As tokens and files have it."""
        return str(Permission(self.resource_type, self.action))


@dataclass(frozen=True, slots=True)
class RoleRecord:
    """A role with the names of its permissions and parents, those that it has by itself."""

    id: str
    name: str
    description: str
    built_in: bool
    created_at: datetime
    updated_at: datetime
    permissions: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A group with the names of its roles."""

    id: str
    name: str
    description: str
    created_at: datetime
    updated_at: datetime
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GrantRecord:
    """A permission that an account has for a resource; `resource_id` None: for all of the type."""

    id: str
    account_id: str
    resource_type: str
    action: str
    resource_id: str | None
    created_at: datetime
