"""The roles of an account: `user_roles` follows the names in `accounts.roles`.

Both are written by one transaction. The names ride along wherever an account is read; the rows
say who has a role, and keep a role that somebody has from being deleted.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import CTE, Delete, Insert, bindparam, delete, exists, literal_column, select
from sqlalchemy.dialects import postgresql

from authwell.models.accounts import accounts
from authwell.models.base import Json, UtcDateTime
from authwell.models.roles import roles, user_roles
from authwell.storage.access.elements import is_among
from authwell.storage.changes import Also
from authwell.storage.database import Transaction
from authwell.storage.statements import Statement

_COLUMNS = ("tenant_id", "account_id", "role_id", "created_at")


@dataclass(frozen=True, slots=True)
class Names:
    """What the parameters are called that an assignment reads."""

    tenant_id: str = "tenant_id"
    account_id: str = "account_id"
    roles: str = "roles"
    now: str = "now"


def give_roles(names: Names) -> Insert:
    """Add the rows of the roles that are named and exist."""
    tenant_id: Any = bindparam(names.tenant_id, type_=accounts.c.tenant_id.type)
    account_id: Any = bindparam(names.account_id, type_=accounts.c.id.type)
    now: Any = bindparam(names.now, type_=UtcDateTime())
    chosen = select(tenant_id, account_id, roles.c.id, now).where(
        roles.c.tenant_id == tenant_id,
        is_among(roles.c.name, bindparam(names.roles, type_=Json)),
    )
    insert = postgresql.insert(user_roles).from_select(list(_COLUMNS), chosen)
    return insert.on_conflict_do_nothing()


def take_roles(names: Names) -> Delete:
    """Delete the rows of the roles that are not named."""
    kept = exists(
        select(literal_column("1"))
        .select_from(roles)
        .where(
            roles.c.tenant_id == user_roles.c.tenant_id,
            roles.c.id == user_roles.c.role_id,
            is_among(roles.c.name, bindparam(names.roles, type_=Json)),
        )
    )
    return delete(user_roles).where(
        user_roles.c.tenant_id == bindparam(names.tenant_id),
        user_roles.c.account_id == bindparam(names.account_id),
        ~kept,
    )


@dataclass(frozen=True, slots=True)
class GiveRoles:
    """The step of a `Change` that adds the roles of an account which it makes or changes."""

    names: Names

    def after(self, decision: CTE) -> CTE:
        """As a part of PostgreSQL's one statement."""
        decided = exists(select(literal_column("1")).select_from(decision))
        insert = give_roles(self.names)
        source: Any = insert.select
        chosen = insert.from_select(list(_COLUMNS), source.where(decided))
        return chosen.cte("given_roles")

    def alone(self) -> Insert:
        """As a statement of SQLite's transaction."""
        return give_roles(self.names)


def take_roles_step(names: Names) -> Also:
    """The step of a `Change` that takes the others."""
    return Also(take_roles(names), "taken_roles")


GIVE = Statement(give_roles(Names()))
TAKE = Statement(take_roles(Names()))


def assign_roles(
    transaction: Transaction, tenant_id: str, account_id: str, names: list[str], now: datetime
) -> None:
    """Let the rows of an account be those of its roles."""
    values = {"tenant_id": tenant_id, "account_id": account_id, "roles": names, "now": now}
    transaction.all(TAKE, values)
    transaction.all(GIVE, values)
