"""Planning removals: what still refers to a thing is named, or changed along with it."""

from authwell.identity.configuration import lookups
from authwell.identity.configuration.changes import Change, Kind
from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.configuration.state import State

IN_USE = "in_use"
MOST_NAMED = 5


def remove_client(state: State, client_id: str) -> list[Change]:
    """The client with its consents, grants and tokens.

    Its right to introspect goes with it, so that a later client of that name has none.

    Raises:
        NotFound: there is none.
    """
    lookups.client(state, client_id)
    changes = [
        Change(
            "resource",
            "update",
            identifier,
            ("introspection_clients",),
            {
                **members,
                "introspection_clients": [
                    name for name in members["introspection_clients"] if name != client_id
                ],
            },
        )
        for identifier, members in state.resources.items()
        if client_id in members["introspection_clients"]
    ]
    return [*changes, Change("client", "delete", client_id)]


def remove_scope(state: State, name: str) -> list[Change]:
    """A scope that nobody is registered for.

    Raises:
        NotFound: there is none.
        Refused: clients or resources have it.
    """
    lookups.scope_entry(state, name)
    owners = [f"resource {key}" for key, of in state.resources.items() if name in of["scopes"]]
    holders = [
        f"client {client.client_id}"
        for client in state.clients
        if name in str(client.metadata.get("scope", "")).split()
    ]
    _refuse_if_used("scope", name, owners + holders)
    return [Change("scope", "delete", name)]


def remove_resource(state: State, identifier: str) -> list[Change]:
    """A resource that no client is restricted to: without it that client could reach all.

    Raises:
        NotFound: there is none.
        Refused: clients have it among their `allowed_resources`.
    """
    lookups.resource_entry(state, identifier)
    holders = [
        f"client {client.client_id}"
        for client in state.clients
        if identifier in client.metadata.get("allowed_resources", ())
    ]
    _refuse_if_used("resource", identifier, holders)
    return [Change("resource", "delete", identifier)]


def remove_account(state: State, name: str) -> list[Change]:
    """The account of a user name or e-mail address, with all that was granted by it.

    Raises:
        NotFound: there is none.
    """
    account = lookups.account(state, name)
    return [Change("account", "delete", account.username, values={"id": account.id})]


def remove_access(state: State, kind: Kind, name: str) -> list[Change]:
    """A permission, a group, or a role that nobody has; never what is built in.

    Raises:
        NotFound: there is none.
        Refused: it is built in, or somebody has the role.
    """
    lookups.access_entry(state, kind, name)
    roles = {role.name for role in state.roles.values() if role.built_in}
    permissions = {one.name for one in state.access.permissions.values() if one.built_in}
    if name in {"role": roles, "permission": permissions}.get(kind, set()):
        raise Refused([Problem("", f"the {kind} {name!r} is built in")])
    if kind == "role":
        _refuse_if_used("role", name, _holders_of_role(state, name))
    return [Change(kind, "delete", name)]


def _holders_of_role(state: State, name: str) -> list[str]:
    groups = state.access.groups.items()
    return [
        *(f"role {role.name}" for role in state.roles.values() if name in role.parents),
        *(f"group {group}" for group, of in groups if name in of["roles"]),
        *(f"account {account.username}" for account in state.people if name in account.roles),
    ]


def _refuse_if_used(kind: str, key: str, users: list[str]) -> None:
    if users:
        named = ", ".join(users[:MOST_NAMED]) + (", ..." if len(users) > MOST_NAMED else "")
        raise Refused([Problem("", f"the {kind} {key!r} is still used by {named}", IN_USE)])
