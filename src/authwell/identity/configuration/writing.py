"""Carrying a plan out: one transaction, the stamp bumped once, an audit event for each change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from authwell.identity.configuration import blocks, resource_grants
from authwell.identity.configuration.access_writing import ACCESS, link_parents, write_access
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Action, Change, Kind, Plan
from authwell.identity.configuration.connections import table as connections
from authwell.identity.passwords.hashing import Passwords
from authwell.protocol.events import EventType
from authwell.protocol.model import Event, Resource
from authwell.storage.audit.events import add_event
from authwell.storage.configuration.administration import Administration, administer
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.database import Database
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.tenancy.tenants import end_sessions, root_of
from authwell.utils.randomness import new_id

PAST: Mapping[Action, str] = {"create": "created", "update": "updated", "delete": "deleted"}


@dataclass(frozen=True, slots=True)
class _Desk:
    """What writing one change needs."""

    transaction: Administration
    tenant: TenantRecord
    author: Author
    hashes: Mapping[str, str]
    """Hashes of new passwords by the key of their account."""


def carry_out(
    database: Database, tenant: TenantRecord, plan: Plan, author: Author, passwords: Passwords
) -> None:
    """Write all changes of a plan, or none.

    Raises:
        Conflict: the configuration changed since the plan was made, or a name was taken
            meanwhile.
        TooBusy: no place for hashing a password became free.
    """
    if not plan.changes:
        return
    # Hashing is slow on purpose, so it is done before a row is locked.
    hashes = hashed_passwords(plan, passwords)
    since = plan.stamp if plan.touches_configuration else None
    with administer(database, tenant.id, author.now, since=since) as transaction:
        write(transaction, tenant, plan, author, hashes)


def hashed_passwords(plan: Plan, passwords: Passwords) -> dict[str, str]:
    """The hashes of all new passwords, by the key of their account."""
    return {
        change.key: passwords.hash(change.values["password"])
        for change in plan.changes
        if change.kind == "account" and "password" in change.values
    }


def write(
    transaction: Administration,
    tenant: TenantRecord,
    plan: Plan,
    author: Author,
    hashes: Mapping[str, str],
) -> None:
    """Write all changes of a plan and their audit events."""
    desk = _Desk(transaction, tenant, author, hashes)
    for change in plan.changes:
        if change.kind in ACCESS:
            _write_access(desk, change)
            continue
        if change.kind == "resource_grant":
            event = resource_grants.write(transaction, change, _event(desk, change, {}))
            transaction.record(event)
            continue
        if change.kind in connections.WRITERS:
            connections.WRITERS[change.kind](transaction.transaction, change, author)
            continue
        if change.kind == "block":
            blocks.write(transaction.transaction, tenant.id, change, author)
            continue
        about = _WRITERS[change.kind](desk, change)
        transaction.record(_event(desk, change, about))
    link_parents(transaction, plan.changes)


def _write_access(desk: _Desk, change: Change) -> None:
    told = write_access(desk.transaction, change)
    event = _event(desk, change, {})
    desk.transaction.record(event)
    for kind, account_id in told:
        data = {change.kind: change.key}
        about: dict[str, Any] = {
            "id": new_id(desk.author.now),
            "account_id": account_id,
            "data": data,
        }
        desk.transaction.record(replace(event, type=kind, **about))


def _event(desk: _Desk, change: Change, about: Mapping[str, Any]) -> Event:
    data = {"members": list(change.members)} if change.members else {}
    if not about:
        data[change.kind] = change.key  # type: ignore[assignment]
    kind = EventType(f"{change.kind}.{PAST[change.action]}")
    return replace(desk.author.event(kind, desk.tenant.id, data), **about)


def _write_tenant(desk: _Desk, change: Change) -> dict[str, str]:
    tenant = replace(desk.tenant, **change.values)
    if "status" in change.members:
        tenant = _turned(desk, tenant)
    desk.transaction.configuration.set_tenant(tenant)
    return {}


def _turned(desk: _Desk, tenant: TenantRecord) -> TenantRecord:
    """Suspended, or served again, with what `TenantLife` makes of it (THREATS.md TN-12)."""
    transaction, now = desk.transaction.transaction, desk.author.now
    is_over = tenant.status == "suspended"
    kind = EventType.TENANT_SUSPENDED if is_over else EventType.TENANT_ACTIVATED
    data = {"tenant": tenant.slug, "tenant_id": tenant.id}
    add_event(transaction, desk.author.event(kind, root_of(transaction, tenant), data))
    if not is_over:
        return tenant
    end_sessions(transaction, tenant.id, now)
    return replace(tenant, not_before=now)


def _write_scope(desk: _Desk, change: Change) -> dict[str, str]:
    edit = desk.transaction.configuration
    if change.action == "delete":
        edit.delete_scope(change.key)
    else:
        edit.put_scope(change.key, change.values["description"])
    return {}


def _write_resource(desk: _Desk, change: Change) -> dict[str, str]:
    edit = desk.transaction.configuration
    if change.action == "delete":
        edit.delete_resource(change.key)
        return {}
    values = change.values
    lifetime = values["access_token_lifetime"]
    edit.put_resource(
        Resource(
            identifier=change.key,
            name=values["name"],
            scope=frozenset(values["scopes"]),
            access_token_format=values["access_token_format"],
            access_token_signing_alg=values["access_token_signing_alg"],
            access_token_lifetime=timedelta(seconds=lifetime) if lifetime else None,
            introspection_clients=frozenset(values["introspection_clients"]),
        )
    )
    return {}


def _write_client(desk: _Desk, change: Change) -> dict[str, str]:
    edit = desk.transaction.configuration
    if change.action == "delete":
        edit.delete_client(change.key)
    else:
        edit.put_client(change.values["record"])
    return {"client_id": change.key}


def _write_account(desk: _Desk, change: Change) -> dict[str, str]:
    people = desk.transaction.people
    values = dict(change.values)
    values.pop("password", None)
    hashed = desk.hashes.get(change.key) or values.pop("password_hash", None)
    account_id = values.pop("id") or new_id(desk.author.now)
    if change.action == "delete":
        people.delete(account_id)
        return {"account_id": account_id}
    if change.action == "create":
        now = desk.author.now
        people.add(
            AccountRecord(
                id=account_id, tenant_id=desk.tenant.id, created_at=now, updated_at=now, **values
            )
        )
    else:
        is_over = hashed is not None or values.get("status") == "disabled"
        # A new password, or the end of the account, ends all that was granted before.
        people.change(account_id, values | ({"not_before": desk.author.now} if is_over else {}))
        if is_over:
            people.end_sessions(account_id)
    if hashed is not None:
        people.set_password(account_id, hashed)
    return {"account_id": account_id}


_WRITERS: Mapping[Kind, Callable[[_Desk, Change], dict[str, str]]] = {
    "tenant": _write_tenant,
    "scope": _write_scope,
    "resource": _write_resource,
    "client": _write_client,
    "account": _write_account,
}
