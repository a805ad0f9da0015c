"""What a file declares of access control, written by names: what they speak of is made if missing."""

from collections.abc import Iterable, Mapping
from typing import Any

from authwell.protocol.access import Permission
from authwell.storage.access.edit import AccessEdit
from authwell.storage.access.reading import list_permissions, list_roles, list_types


class DeclaredAccess:
    """Changes by name, within one edit."""

    def __init__(self, edit: AccessEdit) -> None:
        """Work on an edit."""
        self.edit = edit

    def put_role(self, name: str, values: Mapping[str, Any]) -> None:
        """Let a role be as declared; members that are left out stay."""
        known = {role.name: role for role in list_roles(self.edit.transaction, self.edit.tenant_id)}
        role = known.get(name) or self.edit.add_role(name, values.get("description", ""))
        if "permissions" in values:
            self.edit.set_permissions(role.id, self._permission_ids(values["permissions"]))

    def _permission_ids(self, names: Iterable[str]) -> list[str]:
        source, tenant_id = self.edit.transaction, self.edit.tenant_id
        permissions = [Permission(*name.split(":", 1)) for name in names]
        known = {record.name for record in list_types(source, tenant_id)}
        for new in {permission.resource_type for permission in permissions} - known:
            self.edit.add_type(new, "")
        ids = {record.name: record.id for record in list_permissions(source, tenant_id)}
        for permission in permissions:
            if str(permission) not in ids:
                ids[str(permission)] = self.edit.add_permission(permission, "").id
        return [ids[str(permission)] for permission in permissions]
