"""Planning access control: what differs from what is declared, and that its names are there."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from authwell.identity.configuration import access, resource_grants
from authwell.identity.configuration.changes import Change, Kind, differing
from authwell.identity.configuration.entries import Entries
from authwell.identity.configuration.entry import Entry
from authwell.identity.configuration.problems import Findings, did_you_mean, join
from authwell.identity.configuration.state import State
from authwell.identity.people.names import canonical_username
from authwell.storage.access.built_ins import BUILT_IN_ROLES, types_of

_DESCRIBED: Final[Mapping[str, Any]] = {"description": ""}
_ROLE: Final[Mapping[str, Any]] = {"description": "", "permissions": [], "parents": []}
_GROUP: Final[Mapping[str, Any]] = {"description": "", "roles": [], "members": []}


def plan_types(entries: Entries, state: State, findings: Findings) -> list[Change]:
    """What makes resource types and permissions as declared."""
    if not entries.resource_types and not entries.permissions:
        return []
    stored = state.access
    known = {*stored.types, *types_of(is_root=False), *(one.key for one in entries.resource_types)}
    for entry in entries.permissions:
        name = entry.key.partition(":")[0]
        if name not in known:
            text = f"there is no resource type {name!r}{did_you_mean(name, known)}"
            findings.refuse(join(entry.path, "name"), text)
    types = {name: access.described(one) for name, one in stored.types.items()}
    permissions = {name: access.described(one) for name, one in stored.permissions.items()}
    built_in = {name for name, one in stored.types.items() if one.built_in}
    built_in |= {name for name, one in stored.permissions.items() if one.built_in}
    return [
        *_changes("resource_type", entries.resource_types, types, _DESCRIBED, built_in, findings),
        *_changes("permission", entries.permissions, permissions, _DESCRIBED, built_in, findings),
    ]


def plan_roles(entries: Entries, state: State, findings: Findings) -> list[Change]:
    """What makes roles as declared; a role never inherits from itself."""
    stored = {name: access.role_members(role) for name, role in state.roles.items()}
    known = known_roles(entries, state)
    parents = {name: values["parents"] for name, values in stored.items()}
    for entry in entries.roles:
        _check_names(entry, "parents", known, "role", findings)
        parents[entry.key] = entry.values.get("parents", parents.get(entry.key, []))
    for entry in entries.roles:
        if _inherits_from(entry.key, parents):
            findings.refuse(join(entry.path, "parents"), "lets the role inherit from itself")
    built_in = {name for name, role in state.roles.items() if role.built_in}
    return _changes("role", entries.roles, stored, _ROLE, built_in, findings)


def plan_groups(entries: Entries, state: State, findings: Findings) -> list[Change]:
    """What makes groups as declared."""
    if not entries.groups:
        return []
    known = known_roles(entries, state)
    declared = {entry.canonical for entry in entries.accounts}
    for entry in entries.groups:
        _check_names(entry, "roles", known, "role", findings)
        for name in entry.values.get("members", ()):
            if name not in declared and not _is_account(state, name):
                findings.refuse(join(entry.path, "members"), f"there is no account {name!r}")
    return _changes("group", entries.groups, state.access.groups, _GROUP, set(), findings)


def plan_grants(entries: Entries, state: State, findings: Findings) -> list[Change]:
    """What makes the resource grants that are declared."""
    if not entries.resource_grants:
        return []
    declared = {entry.canonical for entry in entries.accounts}
    for entry in entries.resource_grants:
        name = entry.values["account"]
        if name not in declared and not _is_account(state, name):
            findings.refuse(join(entry.path, "account"), f"there is no account {name!r}")
    return resource_grants.plan(entries.resource_grants, state.access.grants)


def known_roles(entries: Entries, state: State) -> frozenset[str]:
    """The names of all roles that will be there."""
    return BUILT_IN_ROLES.union(state.roles, (entry.key for entry in entries.roles))


def _changes(
    kind: Kind,
    entries: Iterable[Entry],
    stored: Mapping[str, Mapping[str, Any]],
    defaults: Mapping[str, Any],
    built_in: set[str],
    findings: Findings,
) -> list[Change]:
    found = []
    for entry in entries:
        before = stored.get(entry.key)
        after = {**(before or defaults), **entry.values}
        if before is None:
            found.append(Change(kind, "create", entry.key, values=after, after=after))
        elif changed := differing(before, after):
            if entry.key in built_in:
                findings.refuse(entry.path, f"{entry.key!r} is built in, and is what it is")
            # Only what differs is written, so that nothing else is taken back.
            values = {name: after[name] for name in changed}
            change = Change(kind, "update", entry.key, changed, values, before=before, after=after)
            found.append(change)
    return found


def _check_names(
    entry: Entry, member: str, known: Iterable[str], what: str, findings: Findings
) -> None:
    for name in entry.values.get(member, ()):
        if name not in known:
            text = f"there is no {what} {name!r}{did_you_mean(name, known)}"
            findings.refuse(join(entry.path, member), text)


def _inherits_from(name: str, parents: Mapping[str, Iterable[str]]) -> bool:
    seen, waiting = set[str](), list(parents.get(name, ()))
    while waiting:
        current = waiting.pop()
        if current == name:
            return True
        if current not in seen:
            seen.add(current)
            waiting.extend(parents.get(current, ()))
    return False


def _is_account(state: State, name: str) -> bool:
    found = state.people.find_by_name(canonical_username(name))
    return found is not None and found.username_canonical == name and found.status != "deleted"
