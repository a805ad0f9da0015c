"""All entries of a configuration, read and checked one by one; their relations come later."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, TypeVar

from authwell.identity.configuration import (
    access,
    accounts,
    blocks,
    clients,
    members,
    resource_grants,
)
from authwell.identity.configuration.accounts import AccountEntry
from authwell.identity.configuration.clients import ClientEntry
from authwell.identity.configuration.connections import domains, integrations, webhooks
from authwell.identity.configuration.connections.means import read_entry
from authwell.identity.configuration.entry import Entry
from authwell.identity.configuration.problems import Findings, join
from authwell.identity.configuration.references import References
from authwell.protocol.clients.readers import flag, one_of, text, texts
from authwell.protocol.policy import SIGNING_ALGS

T = TypeVar("T")

OF_ANOTHER: Mapping[str, Any] = MappingProxyType({})
"""Stands in a section for an entry of another tenant, so that the others keep their places."""

TENANT: members.Table = {
    "slug": members.line,
    "name": members.line,
    "policy": members.mapping,
    "status": one_of("active", "suspended"),
}
POLICY: members.Table = {
    "profiles": texts,
    "registration": text,
    "registration_profiles": texts,
    "software_statement_issuers": members.list_of_mappings,
    "signing_algs": texts,
    "pkce": text,
    "password_grant": flag,
    "session_refresh": flag,
    "request_objects": flag,
    "request_object_encryption": flag,
    "code_lifetime": members.whole_seconds(10**9),
    "access_token_lifetime": members.whole_seconds(10**9),
    "refresh_token_lifetime": members.whole_seconds(10**9),
    "registration_page": text,
    "mfa": text,
    "mfa_required_roles": texts,
    "trusted_device_days": members.whole_number,
    "branding": members.mapping,
    "login_flow": text,
    "magic_links": flag,
    "mails": members.mapping,
    "registration_enabled": flag,
    "password_policy": members.mapping,
    "suspicious_activity": members.mapping,
}
"""Types only: what a value means is `protocol.policy`'s to say."""
SCOPE: members.Table = {"name": members.scope_name, "description": members.line}
RESOURCE: members.Table = {
    "identifier": members.resource_identifier,
    "name": members.line,
    "scopes": members.scope_names,
    "access_token_format": one_of("jwt", "opaque"),
    "access_token_signing_alg": one_of(*SIGNING_ALGS),
    "access_token_lifetime": members.whole_seconds(86_400),
    "introspection_clients": members.sorted_texts,
}


@dataclass(frozen=True, slots=True)
class Entries:
    """A whole configuration whose entries are right, each taken alone."""

    tenants: tuple[Entry, ...] = ()
    scopes: tuple[Entry, ...] = ()
    resource_types: tuple[Entry, ...] = ()
    permissions: tuple[Entry, ...] = ()
    roles: tuple[Entry, ...] = ()
    resources: tuple[Entry, ...] = ()
    clients: tuple[ClientEntry, ...] = ()
    accounts: tuple[AccountEntry, ...] = ()
    groups: tuple[Entry, ...] = ()
    resource_grants: tuple[Entry, ...] = ()
    webhooks: tuple[Entry, ...] = ()
    integrations: tuple[Entry, ...] = ()
    domains: tuple[Entry, ...] = ()
    blocks: tuple[Entry, ...] = ()


def read(
    sections: Mapping[str, Sequence[Mapping[str, Any]]],
    references: References,
    findings: Findings,
) -> Entries:
    """Read every entry; what is wrong is in `findings`, and its entry may be missing."""

    def named(section: str, table: members.Table) -> tuple[Entry, ...]:
        return each(section, lambda entry, path: _named(entry, path, table, findings))

    def connected(section: str, table: members.Table) -> tuple[Entry, ...]:
        return each(
            section, lambda entry, path: read_entry(entry, path, table, references, findings)
        )

    def each(section: str, one: Callable[[Mapping[str, Any], str], T | None]) -> tuple[T, ...]:
        found = [
            one(entry, f"{section}[{index}]")
            for index, entry in enumerate(sections.get(section, ()))
            if entry is not OF_ANOTHER
        ]
        return tuple(entry for entry in found if entry is not None)

    entries = Entries(
        tenants=each("tenants", lambda entry, path: _tenant(entry, path, findings)),
        scopes=each("scopes", lambda entry, path: _scope(entry, path, findings)),
        resource_types=named("resource_types", access.TYPE),
        permissions=named("permissions", access.PERMISSION),
        roles=each("roles", lambda entry, path: _role(entry, path, findings)),
        resources=each("resources", lambda entry, path: _resource(entry, path, findings)),
        clients=each(
            "clients", lambda entry, path: clients.read(entry, path, references, findings)
        ),
        accounts=each(
            "accounts", lambda entry, path: accounts.read(entry, path, references, findings)
        ),
        groups=named("groups", access.GROUP),
        resource_grants=each(
            "resource_grants", lambda entry, path: resource_grants.read(entry, path, findings)
        ),
        webhooks=connected("webhooks", webhooks.TABLE),
        integrations=connected("integrations", integrations.TABLE),
        domains=each("domains", lambda entry, path: domains.read(entry, path, findings)),
        blocks=each("blocks", lambda entry, path: blocks.read(entry, path, findings)),
    )
    _check_repeated(entries, findings)
    return entries


def _check_repeated(entries: Entries, findings: Findings) -> None:
    for things in (
        *(entries.tenants, entries.scopes, entries.resource_types, entries.permissions),
        *(entries.roles, entries.resources, entries.groups),
        *(entries.resource_grants, entries.webhooks, entries.integrations, entries.domains),
        entries.blocks,
    ):
        _each_once([(entry.path, entry.key) for entry in things], findings)
    _each_once([(entry.path, entry.client_id) for entry in entries.clients], findings)
    _each_once([(entry.path, entry.canonical) for entry in entries.accounts], findings)


def _each_once(keys: Sequence[tuple[str, str]], findings: Findings) -> None:
    first: dict[str, str] = {}
    for path, key in keys:
        if key in first:
            findings.refuse(path, f"{key!r} stands in {first[key]} already")
        first.setdefault(key, path)


def _tenant(entry: Mapping[str, Any], path: str, findings: Findings) -> Entry | None:
    values = members.read(entry, TENANT, path, findings)
    if not members.require(values, entry, "slug", path, findings):
        return None
    slug = values.pop("slug")
    members.check_tenant(slug, join(path, "slug"), findings)
    if "policy" in values:
        given = {name: value for name, value in values["policy"].items() if value is not None}
        members.read(given, POLICY, join(path, "policy"), findings)
        values["policy"] = given
    return Entry(path, slug, values)


def _scope(entry: Mapping[str, Any], path: str, findings: Findings) -> Entry | None:
    values = members.read(entry, SCOPE, path, findings)
    if not members.require(values, entry, "name", path, findings):
        return None
    name = values.pop("name")
    return Entry(path, name, {"description": values.get("description", name)})


def _role(entry: Mapping[str, Any], path: str, findings: Findings) -> Entry | None:
    found = _named(entry, path, access.ROLE, findings)
    return found and replace(found, values={"permissions": [], **found.values})


def _named(
    entry: Mapping[str, Any], path: str, table: members.Table, findings: Findings
) -> Entry | None:
    values = members.read(entry, table, path, findings)
    if not members.require(values, entry, "name", path, findings):
        return None
    return Entry(path, values.pop("name"), values)


def _resource(entry: Mapping[str, Any], path: str, findings: Findings) -> Entry | None:
    values = members.read(entry, RESOURCE, path, findings)
    if not members.require(values, entry, "identifier", path, findings):
        return None
    identifier = values.pop("identifier")
    defaults: dict[str, Any] = {
        "name": identifier[: members.MAX_NAME],
        "scopes": [],
        "access_token_format": None,
        "access_token_signing_alg": None,
        "access_token_lifetime": None,
        "introspection_clients": [],
    }
    return Entry(path, identifier, {**defaults, **values})
