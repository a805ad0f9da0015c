"""Resource grants of a document: what single accounts may do with one resource, or with all.

A grant is the same as another if account, permission and resource are; there is nothing else to
change of it. Grants that are not declared stay.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from authwell.identity.configuration import members
from authwell.identity.configuration.access import permission_name
from authwell.identity.configuration.changes import Change
from authwell.identity.configuration.entry import Entry
from authwell.identity.configuration.problems import Findings
from authwell.identity.people.names import canonical_username
from authwell.protocol.clients.readers import InvalidClientMetadata, text
from authwell.protocol.model import Event
from authwell.storage.access.members import NamedGrant
from authwell.storage.configuration.administration import Administration

LONGEST_RESOURCE: Final = 255


def _account(member: str, value: Any) -> str:
    return canonical_username(text(member, value))


def _resource(member: str, value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_RESOURCE:
        raise InvalidClientMetadata(member, f"must be text of 1 to {LONGEST_RESOURCE} characters")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise InvalidClientMetadata(member, "must not have control characters")
    return value


TABLE: Final[members.Table] = {
    "account": _account,
    "permission": permission_name,
    "resource_id": _resource,
}


def read(entry: Mapping[str, Any], path: str, findings: Findings) -> Entry | None:
    """An entry; None if it is not even clear whose grant it is, or for what."""
    values = members.read(entry, TABLE, path, findings)
    needed = ("account", "permission")
    found = [members.require(values, entry, name, path, findings) for name in needed]
    if not all(found) or findings.has_below(path):
        return None
    return Entry(path, _shown(_grant(values)), values)


def plan(entries: Iterable[Entry], stored: Iterable[NamedGrant]) -> list[Change]:
    """The grants that are declared and not there yet."""
    known = set(stored)
    declared = [_grant(entry.values) for entry in entries]
    return [
        Change(
            "resource_grant", "create", _shown(grant), values={"grant": grant}, after=entry(grant)
        )
        for grant in declared
        if grant not in known
    ]


def write(desk: Administration, change: Change, event: Event) -> Event:
    """Write a grant; the event with what it is about, as the API writes it."""
    grant: NamedGrant = change.values["grant"]
    made = desk.access.put_grant(grant)
    data = {"permission": grant.permission, "resource": grant.resource_id, "grant": made.id}
    return replace(event, account_id=made.account_id, data=data)


def entry(grant: NamedGrant) -> dict[str, Any]:
    """A grant as documents have it."""
    whole = {
        "account": grant.account,
        "permission": grant.permission,
        "resource_id": grant.resource_id,
    }
    return {name: value for name, value in whole.items() if value is not None}


def _grant(values: Mapping[str, Any]) -> NamedGrant:
    return NamedGrant(values["account"], values["permission"], values.get("resource_id"))


def _shown(grant: NamedGrant) -> str:
    what = f"{grant.account} {grant.permission}"
    return what if grant.resource_id is None else f"{what} {grant.resource_id}"
