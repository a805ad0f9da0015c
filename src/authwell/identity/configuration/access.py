"""Access control of a configuration: resource types, permissions, roles and groups.

Members that are left out stay as they are, but for the permissions of a role: it has those that
are declared and no others.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from authwell.identity.configuration import members
from authwell.identity.people.names import canonical_username
from authwell.protocol.access import ACTIONS, TYPE_NAME, read_permission
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.storage.access.members import NamedGrant, grants_by_name, members_of_groups
from authwell.storage.access.reading import list_groups, list_permissions, list_types
from authwell.storage.access.records import (
    GroupRecord,
    PermissionRecord,
    RoleRecord,
    TypeRecord,
)
from authwell.storage.database import Database

MAX_DESCRIPTION: Final = 1024
_TYPE: Final = re.compile(TYPE_NAME)


def _description(member: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_DESCRIPTION or "\0" in value:
        raise InvalidClientMetadata(member, f"must be text of at most {MAX_DESCRIPTION} characters")
    return value


def _type_name(member: str, value: Any) -> str:
    if not isinstance(value, str) or not _TYPE.fullmatch(value):
        raise InvalidClientMetadata(member, f"{value!r} is not a name like document, in lower case")
    return value


def permission_name(member: str, value: Any) -> str:
    """A permission, written `document:read`."""
    if not isinstance(value, str) or read_permission(value) is None:
        raise InvalidClientMetadata(member, f"{value!r} is not written like document:read")
    return value


def _user_names(member: str, value: Any) -> list[str]:
    names = members.sorted_texts(member, value)
    return sorted({canonical_username(name) for name in names})


def _names(member: str, value: Any) -> list[str]:
    return sorted(set(members.sorted_texts(member, value)))


TYPE: members.Table = {"name": _type_name, "description": _description}
PERMISSION: members.Table = {"name": permission_name, "description": _description}
ROLE: members.Table = {
    "name": members.line,
    "description": _description,
    "permissions": members.permissions,
    "parents": _names,
}
GROUP: members.Table = {
    "name": members.line,
    "description": _description,
    "roles": _names,
    "members": _user_names,
}


@dataclass(frozen=True)
class StoredAccess:
    """What a tenant has of it beside roles; each is read once, and only if it is asked for."""

    database: Database
    tenant_id: str

    @cached_property
    def types(self) -> Mapping[str, TypeRecord]:
        """The resource types by name."""
        return {one.name: one for one in list_types(self.database, self.tenant_id)}

    @cached_property
    def permissions(self) -> Mapping[str, PermissionRecord]:
        """The permissions by name."""
        return {one.name: one for one in list_permissions(self.database, self.tenant_id)}

    @cached_property
    def groups(self) -> Mapping[str, dict[str, Any]]:
        """The groups by name, with the members of `GROUP`."""
        belonging = members_of_groups(self.database, self.tenant_id)
        return {
            group.name: group_members(group, belonging.get(group.id, {}))
            for group in list_groups(self.database, self.tenant_id)
        }

    @cached_property
    def grants(self) -> tuple[NamedGrant, ...]:
        """The resource grants by account, permission and resource."""
        return grants_by_name(self.database, self.tenant_id)


def described(record: TypeRecord | PermissionRecord) -> dict[str, Any]:
    """A resource type or a permission, without its name."""
    return {"description": record.description}


def role_members(role: RoleRecord) -> dict[str, Any]:
    """A role as documents have it, without its name."""
    return {
        "description": role.description,
        "permissions": sorted(role.permissions),
        "parents": sorted(role.parents),
    }


def group_members(group: GroupRecord, belonging: Iterable[str]) -> dict[str, Any]:
    """A group as documents have it, without its name."""
    return {
        "description": group.description,
        "roles": sorted(group.roles),
        "members": sorted(belonging),
    }


def entry(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """A thing as an entry."""
    return {"name": name, **values}


def exported(access: StoredAccess, roles: Sequence[RoleRecord]) -> dict[str, list[dict[str, Any]]]:
    """The sections of a document; what is built in is left out, as it is there anyway."""
    types = [one for one in access.types.values() if not one.built_in]
    permissions = [one for one in access.permissions.values() if _is_own(one)]
    return {
        "resource_types": [entry(one.name, described(one)) for one in types],
        "permissions": [entry(one.name, described(one)) for one in permissions],
        "roles": [entry(one.name, role_members(one)) for one in roles if not one.built_in],
        "groups": [entry(name, values) for name, values in access.groups.items()],
    }


def _is_own(permission: PermissionRecord) -> bool:
    """Whether it is neither built in nor one that comes with its resource type."""
    usual = permission.action in ACTIONS and not permission.description
    return not permission.built_in and not usual
