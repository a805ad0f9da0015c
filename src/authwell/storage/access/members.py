"""Members of groups by their user names, for files and commands."""

from typing import Any

from sqlalchemy import bindparam, literal_column, select

from authwell.models.accounts import accounts
from authwell.models.groups import group_members
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
