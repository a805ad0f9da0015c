"""Finding one stored thing as an entry, or saying that there is none."""

from typing import Any

from authwell.identity.configuration import access, export
from authwell.identity.configuration.changes import Kind
from authwell.identity.configuration.problems import NotFound
from authwell.identity.configuration.state import State
from authwell.identity.people.names import canonical_username
from authwell.storage.configuration.rows import ClientRecord
from authwell.storage.people.accounts import AccountRecord


def client(state: State, client_id: str) -> ClientRecord:
    """The client with that id.

    Raises:
        NotFound: there is none; as everywhere here.
    """
    found = state.clients.find(client_id)
    if found is None:
        raise NotFound("client", client_id)
    return found


def client_entry(state: State, client_id: str) -> dict[str, Any]:
    """The same as an entry, without secrets."""
    return export.client_entry(client(state, client_id))


def account(state: State, name: str) -> AccountRecord:
    """The account with that user name, e-mail address or id."""
    found = state.people.find_by_name(canonical_username(name)) or state.people.find(name)
    if found is None:
        raise NotFound("account", name)
    return found


def scope_entry(state: State, name: str) -> dict[str, Any]:
    """The tenant's own scope of that name."""
    if name not in state.scopes:
        raise NotFound("scope", name)
    return {"name": name, "description": state.scopes[name]}


def resource_entry(state: State, identifier: str) -> dict[str, Any]:
    """The resource with that identifier."""
    if identifier not in state.resources:
        raise NotFound("resource", identifier)
    return export.resource_entry(identifier, state.resources[identifier])


def access_entries(state: State, kind: Kind) -> list[dict[str, Any]]:
    """All permissions, roles or groups as entries, built-in ones among them."""
    if kind == "permission":
        permissions = state.access.permissions.items()
        return [access.entry(name, access.described(one)) for name, one in permissions]
    if kind == "role":
        return [access.entry(name, access.role_members(one)) for name, one in state.roles.items()]
    return [access.entry(name, values) for name, values in state.access.groups.items()]


def access_entry(state: State, kind: Kind, name: str) -> dict[str, Any]:
    """The permission, role or group of that name."""
    for entry in access_entries(state, kind):
        if entry["name"] == name:
            return entry
    raise NotFound(kind, name)
