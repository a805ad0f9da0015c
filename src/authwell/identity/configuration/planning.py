"""What would have to change so that the state is as declared; nothing is written here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authwell.identity.clients.secrets import ClientSecrets
from authwell.identity.configuration import access_planning, blocks
from authwell.identity.configuration.changes import Change, Kind, Plan, differing
from authwell.identity.configuration.connections.means import Means, Planning
from authwell.identity.configuration.connections.table import plan_connections
from authwell.identity.configuration.entries import Entries
from authwell.identity.configuration.entry import Entry
from authwell.identity.configuration.people import PeopleRules, plan_account
from authwell.identity.configuration.problems import Findings, did_you_mean, join
from authwell.identity.configuration.registrations import (
    Surroundings,
    plan_client,
    read_registered,
)
from authwell.identity.configuration.state import State, known_scopes
from authwell.identity.login import flow as login_flow
from authwell.identity.login.flow import read_login_flow
from authwell.identity.login.suspicion import policy as suspicion
from authwell.identity.mail import wording
from authwell.identity.mail.wording import read_wordings
from authwell.identity.passwords.policy import MEMBER, PasswordPolicy, read_policy
from authwell.identity.tenants import branding
from authwell.identity.tenants.branding import read_branding
from authwell.protocol.clients.registration_policy import registration_policy
from authwell.protocol.policy import InvalidPolicy, Policy, tenant_policies
from authwell.protocol.scopes import API_SCOPES, BUILT_IN
from authwell.storage.registry import ROOT


@dataclass(frozen=True, slots=True)
class Rules:
    """What plans are made by."""

    secrets: ClientSecrets
    people: PeopleRules
    means: Means
    policy_defaults: Mapping[str, Any]
    """What a tenant's policy leaves out."""


def plan(
    entries: Entries,
    state: State,
    rules: Rules,
    now: datetime,
    findings: Findings,
) -> Plan:
    """Compare what is declared with what is stored.

    Raises:
        Refused: something declared is wrong, alone or together with the rest; all findings.
    """
    policies, tenants = _tenants(entries, state, rules, findings)
    scopes = _things(
        "scope", entries.scopes, {n: {"description": d} for n, d in state.scopes.items()}
    )
    types = access_planning.plan_types(entries, state, findings)
    roles = access_planning.plan_roles(entries, state, findings)
    resources = _things("resource", entries.resources, state.resources)
    around = _surroundings(entries, state, policies, rules, now)
    _check_scopes(entries, findings)
    _check_resources(entries, state, findings)
    clients = [plan_client(entry, state, around, findings) for entry in entries.clients]
    if tenants:
        _check_other_clients(entries, state, around, findings)
    known_roles = access_planning.known_roles(entries, state)
    accounts = [
        plan_account(entry, state.people, known_roles, rules.people, findings)
        for entry in entries.accounts
    ]
    groups = access_planning.plan_groups(entries, state, findings)
    grants = access_planning.plan_grants(entries, state, findings)
    connecting = Planning(state.tenant.id, rules.means, now, findings)
    connections = plan_connections(entries, state.connections, connecting)
    known = blocks.Known(
        state,
        accounts={entry.canonical: entry for entry in entries.accounts},
        clients=frozenset(entry.client_id for entry in entries.clients),
    )
    shut_out = blocks.plan(entries.blocks, known, connecting)
    _check_new_names(entries, findings)
    findings.raise_if_any()
    found = (
        *(*tenants, *scopes, *types, *roles, *resources),
        *(*clients, *accounts, *groups, *grants, *connections, *shut_out),
    )
    changes = tuple(change for change in found if change is not None)
    return Plan(state.stamp, changes, tuple(findings.warnings))


def _surroundings(
    entries: Entries, state: State, policies: Mapping[str, Policy], rules: Rules, now: datetime
) -> Surroundings:
    resources = {**state.resources, **{entry.key: entry.values for entry in entries.resources}}
    scopes = {**state.scopes, **{entry.key: "" for entry in entries.scopes}}
    return Surroundings(
        policies=policies,
        scopes=known_scopes(scopes, resources),
        resources=frozenset(resources) | {state.api},
        secrets=rules.secrets,
        now=now,
    )


def _tenants(
    entries: Entries, state: State, rules: Rules, findings: Findings
) -> tuple[Mapping[str, Policy], list[Change]]:
    """The policies as they will be, and the change that makes them so."""
    present = tenant_policies(state.tenant.policy, rules.policy_defaults)
    for entry in entries.tenants:
        if entry.key != state.tenant.slug:
            continue
        before = {
            "name": state.tenant.name,
            "policy": dict(state.tenant.policy),
            "status": state.tenant.status,
        }
        values = {name: entry.values.get(name, before[name]) for name in before}
        if values["status"] != "active" and entry.key == ROOT:
            findings.refuse(join(entry.path, "status"), "stays active in the default tenant")
        policies = _policies(values["policy"], join(entry.path, "policy"), rules, findings)
        changed = differing(before, values)
        slug = state.tenant.slug
        change = Change("tenant", "update", slug, changed, values, before=before, after=values)
        return policies or present, [change] if changed else []
    return present, []


_CHECKS: Final[tuple[Callable[[Mapping[str, Any]], object], ...]] = (
    registration_policy,
    lambda policy: read_policy(PasswordPolicy(), policy.get(MEMBER)),
    lambda policy: read_branding(policy.get(branding.MEMBER)),
    lambda policy: read_wordings(policy.get(wording.MEMBER)),
    lambda policy: read_login_flow(policy.get(login_flow.MEMBER)),
    suspicion.actions,
)
"""What is read of a policy elsewhere than in `tenant_policies`."""


def _policies(
    policy: Mapping[str, Any], path: str, rules: Rules, findings: Findings
) -> Mapping[str, Policy] | None:
    if findings.has_below(path):
        return None
    for name, value in policy.items():
        try:
            tenant_policies({name: value}, rules.policy_defaults)
        except InvalidPolicy as error:
            findings.refuse(join(path, name), str(error).removeprefix(f"policy.{name}: "))
    for check in _CHECKS:
        try:
            check(policy)
        except InvalidPolicy as error:
            member, _, problem = str(error).removeprefix("policy.").partition(": ")
            findings.refuse(join(path, member), problem)
    return None if findings.has_below(path) else tenant_policies(policy, rules.policy_defaults)


def _things(
    kind: Kind, entries: tuple[Entry, ...], stored: Mapping[str, Mapping[str, Any]]
) -> list[Change]:
    changes = []
    for entry in entries:
        if entry.key not in stored:
            made = Change(kind, "create", entry.key, values=entry.values, after=entry.values)
            changes.append(made)
        elif changed := differing(before := stored[entry.key], entry.values):
            changes.append(
                Change(
                    kind,
                    "update",
                    entry.key,
                    changed,
                    entry.values,
                    before=before,
                    after=entry.values,
                )
            )
    return changes


def _check_scopes(entries: Entries, findings: Findings) -> None:
    """Nobody owns what is built in, or says that our own APIs were something else (TN-05)."""
    for entry in entries.scopes:
        if entry.key in API_SCOPES:
            findings.refuse(join(entry.path, "name"), "is built in")
    for entry in entries.resources:
        for name in sorted(BUILT_IN.intersection(entry.values["scopes"])):
            findings.refuse(join(entry.path, "scopes"), f"{name} is built in")


def _check_resources(entries: Entries, state: State, findings: Findings) -> None:
    declared = {entry.client_id for entry in entries.clients}
    for entry in entries.resources:
        if entry.key in (state.tenant.issuer, state.api):
            findings.refuse(join(entry.path, "identifier"), "is this server itself, built in")
        for client_id in entry.values["introspection_clients"]:
            if client_id not in declared and state.clients.find(client_id) is None:
                findings.refuse(
                    join(entry.path, "introspection_clients"),
                    f"there is no client {client_id!r}{did_you_mean(client_id, declared)}",
                )


def _check_other_clients(
    entries: Entries, state: State, around: Surroundings, findings: Findings
) -> None:
    """A new policy must leave the clients that the document does not name valid."""
    declared = {entry.client_id for entry in entries.clients}
    for known in state.clients:
        if known.client_id not in declared:
            path = f"client {known.client_id}"
            found = Findings()
            read_registered(known.metadata, state.tenant.id, around, path, found)
            for problem in found.problems:
                if known.registered_by == "administrator":
                    findings.refuse(problem.path, problem.text, problem.code)
                else:
                    # No stranger keeps the operator from a change.
                    findings.warn(problem.path, f"{problem.text}; the client will not work")


def _check_new_names(entries: Entries, findings: Findings) -> None:
    """Two accounts of one document must not share a name either, of whatever kind."""
    owners: dict[str, tuple[str, str]] = {}
    for entry in entries.accounts:
        for member, canonical in (("username", entry.canonical), ("email", entry.canonical_email)):
            if canonical is None:
                continue
            path, kind = owners.setdefault(canonical, (entry.path, member))
            # The same user name twice has been found already.
            if path != entry.path and not member == kind == "username":
                findings.refuse(join(entry.path, member), f"belongs to {path}")
