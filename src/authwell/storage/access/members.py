"""Members of groups and holders of grants by their user names, for files and commands."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, literal_column, select

from authwell.models.accounts import accounts
from authwell.models.groups import group_members
from authwell.models.roles import permissions, resource_grants
from authwell.protocol.access import Permission
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Statement

_TENANT_ID: Any = bindparam("tenant_id")

MEMBERS = Statement(
    select(group_members.c.group_id, accounts.c.username_canonical, accounts.c.id)
    .select_from(
        group_members.join(
            accounts,
            (accounts.c.tenant_id == group_members.c.tenant_id)
            & (accounts.c.id == group_members.c.account_id),
        )
    )
    .where(
        group_members.c.tenant_id == _TENANT_ID,
        accounts.c.status != literal_column("'deleted'"),
    )
    .order_by(accounts.c.username_canonical)
)
NAMED = Statement(
    select(accounts.c.id).where(
        accounts.c.tenant_id == _TENANT_ID,
        accounts.c.username_canonical == bindparam("name"),
    )
)


GRANTS = Statement(
    select(
        accounts.c.username_canonical,
        permissions.c.resource_type,
        permissions.c.action,
        resource_grants.c.resource_id,
    )
    .select_from(
        resource_grants.join(
            permissions,
            (permissions.c.tenant_id == resource_grants.c.tenant_id)
            & (permissions.c.id == resource_grants.c.permission_id),
        ).join(
            accounts,
            (accounts.c.tenant_id == resource_grants.c.tenant_id)
            & (accounts.c.id == resource_grants.c.account_id),
        )
    )
    .where(
        resource_grants.c.tenant_id == _TENANT_ID,
        accounts.c.status != literal_column("'deleted'"),
    )
)


@dataclass(frozen=True, slots=True)
class NamedGrant:
    """What an account may do with one resource, or with all of the type (`resource_id` None)."""

    account: str
    permission: str
    resource_id: str | None


def grants_by_name(source: Database | Transaction, tenant_id: str) -> tuple[NamedGrant, ...]:
    """The grants of a tenant, in an order that does not change."""
    found = [
        NamedGrant(
            row.username_canonical, str(Permission(row.resource_type, row.action)), row.resource_id
        )
        for row in source.all(GRANTS, {"tenant_id": tenant_id})
    ]
    return tuple(
        sorted(found, key=lambda one: (one.account, one.permission, one.resource_id or ""))
    )


def members_of_groups(source: Database | Transaction, tenant_id: str) -> dict[str, dict[str, str]]:
    """Canonical user names and ids of the members, by the id of the group."""
    found: dict[str, dict[str, str]] = {}
    for row in source.all(MEMBERS, {"tenant_id": tenant_id}):
        found.setdefault(row.group_id, {})[row.username_canonical] = row.id
    return found


def account_named(transaction: Transaction, tenant_id: str, name: str) -> str | None:
    """The id of the account with that canonical user name."""
    row = transaction.one(NAMED, {"tenant_id": tenant_id, "name": name})
    return None if row is None else str(row.id)
