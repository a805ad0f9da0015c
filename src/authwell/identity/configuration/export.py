"""The configuration in the format that apply takes; applied again, it changes nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authwell.identity.clients.secrets import is_live
from authwell.identity.configuration import blocks, resource_grants
from authwell.identity.configuration.access import exported
from authwell.identity.configuration.connections import table as connections
from authwell.identity.configuration.connections.kept import Export
from authwell.identity.configuration.secrets import write_digests
from authwell.identity.configuration.state import State
from authwell.storage.configuration.rows import ClientRecord, TenantRecord
from authwell.storage.people.accounts import AccountRecord
from authwell.utils.sealing import Sealer

Document = dict[str, list[dict[str, Any]]]


def export(state: State, now: datetime, sealer: Sealer, *, with_secrets: bool) -> Document:
    """All of a tenant, in the order of names.

    Args:
        state: what is exported.
        now: secrets and blocks that have ended before it are left out.
        sealer: seals secrets of webhooks and integrations for the document.
        with_secrets: also digests, hashes and what is sealed. Digests of client secrets, and what
            is sealed, are good only under the key encryption key of this server.
    """
    made_by = Export(sealer, state.tenant.slug, now) if with_secrets else None
    who = exported(state.access, tuple(state.roles.values()))
    return {
        "tenants": [tenant_entry(state.tenant)],
        "scopes": [{"name": name, "description": text} for name, text in state.scopes.items()],
        "resource_types": who["resource_types"],
        "permissions": who["permissions"],
        "roles": who["roles"],
        "resources": [
            resource_entry(identifier, members) for identifier, members in state.resources.items()
        ],
        "clients": [
            client_entry(client) | (_digests(client, now) if with_secrets else {})
            for client in state.clients
        ],
        "accounts": [
            account_entry(account) | (_hash(state, account) if with_secrets else {})
            for account in state.people
            # Whoever deleted their account shall not come back with a file.
            if account.status != "deleted"
        ],
        "groups": who["groups"],
        "resource_grants": [resource_grants.entry(grant) for grant in state.access.grants],
        **connections.exported(state.connections, made_by),
        "blocks": blocks.exported(state, now),
    }


def tenant_entry(tenant: TenantRecord) -> dict[str, Any]:
    """A tenant."""
    policy = dict(tenant.policy)
    return {"slug": tenant.slug, "name": tenant.name, "policy": policy, "status": tenant.status}


def resource_entry(identifier: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """A resource without what it leaves to others."""
    given = {name: value for name, value in members.items() if value is not None}
    return {"identifier": identifier, **given}


def client_entry(client: ClientRecord) -> dict[str, Any]:
    """A client without secrets."""
    return {"client_id": client.client_id, **client.metadata, "status": client.status}


def origin(client: ClientRecord) -> dict[str, Any]:
    """Who registered the client, and when it was first used if it did that by itself.

    No part of an entry: nothing that is applied changes it.
    """
    used = {"used_at": client.used_at.isoformat()} if client.used_at else {}
    return {"registered_by": client.registered_by, **used}


def account_entry(account: AccountRecord) -> dict[str, Any]:
    """An account without its password."""
    entry: dict[str, Any] = {
        "id": account.id,
        "username": account.username,
        "email": account.email,
        "email_verified": account.email_verified,
        "full_name": account.full_name,
        "roles": sorted(account.roles),
        "claims": dict(account.claims),
        "status": account.status,
    }
    return {name: value for name, value in entry.items() if value is not None}


def _digests(client: ClientRecord, now: datetime) -> dict[str, Any]:
    live = [secret for secret in client.secrets if is_live(secret, now)]
    return {"client_secret_digests": write_digests(live)} if live else {}


def _hash(state: State, account: AccountRecord) -> dict[str, Any]:
    hashed = state.people.password_hash(account.id)
    return {"password_hash": hashed} if hashed else {}
