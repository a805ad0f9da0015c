"""What somebody holds, found in one statement, and kept until the tenant's access stamp moves."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, literal_column, null, select, union, union_all

from authwell.models.groups import group_members, group_roles, groups
from authwell.models.roles import (
    permissions,
    resource_grants,
    role_parents,
    role_permissions,
    roles,
    user_roles,
)
from authwell.protocol.access import ADMIN, NOTHING, Held
from authwell.protocol.model import Account, Client, Tenant
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement

EVERYBODY: Final = "user"
"""The role that each account has without being given it."""

KEPT_FOR: Final = 300.0
"""Seconds (REQUIREMENTS.md I12)."""

MOST_KEPT: Final = 5_000

_TENANT_ID: Any = bindparam("tenant_id")
_ACCOUNT_ID: Any = bindparam("account_id")
_ROLE: ColumnElement[int] = literal_column("1")
_GROUP: ColumnElement[int] = literal_column("2")
_PERMISSION: ColumnElement[int] = literal_column("3")


def _held() -> Any:
    own = select(group_members.c.group_id).where(
        group_members.c.tenant_id == _TENANT_ID, group_members.c.account_id == _ACCOUNT_ID
    )
    given = union(
        select(user_roles.c.role_id).where(
            user_roles.c.tenant_id == _TENANT_ID, user_roles.c.account_id == _ACCOUNT_ID
        ),
        select(group_roles.c.role_id).where(
            group_roles.c.tenant_id == _TENANT_ID, group_roles.c.group_id.in_(own)
        ),
        select(roles.c.id.label("role_id")).where(
            roles.c.tenant_id == _TENANT_ID, roles.c.name == bindparam("role")
        ),
    ).cte("given")
    first = select(given.c.role_id).cte("held", recursive=True)
    held = first.union(
        select(role_parents.c.parent_id).where(
            role_parents.c.tenant_id == _TENANT_ID, role_parents.c.role_id == first.c.role_id
        )
    )
    name = (permissions.c.resource_type + literal_column("':'") + permissions.c.action).label(
        "name"
    )
    nothing = null().label("resource_id")
    return union_all(
        select(_ROLE.label("kind"), roles.c.name, literal_column("''").label("resource_id"))
        .join(held, roles.c.id == held.c.role_id)
        .where(roles.c.tenant_id == _TENANT_ID),
        select(_GROUP, groups.c.name, nothing).where(
            groups.c.tenant_id == _TENANT_ID, groups.c.id.in_(own)
        ),
        select(_PERMISSION, name, nothing)
        .select_from(permissions)
        .join(
            role_permissions,
            (role_permissions.c.tenant_id == permissions.c.tenant_id)
            & (role_permissions.c.permission_id == permissions.c.id),
        )
        .join(held, held.c.role_id == role_permissions.c.role_id)
        .where(permissions.c.tenant_id == _TENANT_ID),
        select(_PERMISSION, name, resource_grants.c.resource_id)
        .select_from(resource_grants)
        .join(
            permissions,
            (permissions.c.tenant_id == resource_grants.c.tenant_id)
            & (permissions.c.id == resource_grants.c.permission_id),
        )
        .where(
            resource_grants.c.tenant_id == _TENANT_ID, resource_grants.c.account_id == _ACCOUNT_ID
        ),
    )


HELD = Statement(_held())


def read_held(source: Database | Transaction, tenant_id: str, account_id: str) -> Held:
    """All that an account holds."""
    return _read(source, tenant_id, account_id, EVERYBODY)


def read_held_by_role(source: Database | Transaction, tenant_id: str, name: str) -> Held:
    """All that comes with a role; nothing if there is no such role."""
    return _read(source, tenant_id, "", name)


def _read(source: Database | Transaction, tenant_id: str, account_id: str, role: str) -> Held:
    key = {"tenant_id": tenant_id, "account_id": account_id, "role": role}
    found: dict[int, list[Row]] = {1: [], 2: [], 3: []}
    for row in source.all(HELD, key):
        found[int(row.kind)].append(row)
    return Held(
        roles=frozenset(row.name for row in found[1]),
        groups=frozenset(row.name for row in found[2]),
        permissions=frozenset(row.name for row in found[3] if row.resource_id is None),
        grants=frozenset(
            (row.name, row.resource_id) for row in found[3] if row.resource_id is not None
        ),
    )


@dataclass(frozen=True, slots=True)
class _Kept:
    held: Held
    stamp: int
    read_at: float


class SqlAccess:
    """The port `Access`: what was read is good until the tenant's access stamp moves.

    The stamp comes with the snapshot, so a check of somebody known costs no statement, and a
    change made anywhere counts within a second.
    """

    def __init__(
        self, database: Database, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Know nobody yet."""
        self._database = database
        self._monotonic = monotonic
        self._lock = Lock()
        self._kept: dict[tuple[str, str, tuple[str, ...]], _Kept] = {}

    def of(self, tenant: Tenant, account: Account) -> Held:
        """What the account holds."""
        # Its own roles are part of the key: read with the account, they are never stale.
        key = (tenant.id, account.id, account.roles)
        known = self._known(tenant, key)
        return known if known is not None else self._fresh(tenant, key, EVERYBODY)

    def of_now(self, tenant: Tenant, account: Account) -> Held:
        """The same, read now: before somebody is refused."""
        return self._fresh(tenant, (tenant.id, account.id, account.roles), EVERYBODY)

    def of_client(self, tenant: Tenant, client: Client) -> Held:
        """What a client holds for itself: with the scope `admin` what the role of that name does.

        Only administrators register that scope.
        """
        if ADMIN not in client.scope:
            return NOTHING
        key = (tenant.id, "", (ADMIN,))
        known = self._known(tenant, key)
        return known if known is not None else self._fresh(tenant, key, ADMIN)

    def forget(self, tenant_id: str) -> None:
        """Read anew what was read of a tenant, because this process has changed it."""
        with self._lock:
            self._kept = {key: kept for key, kept in self._kept.items() if key[0] != tenant_id}

    def _known(self, tenant: Tenant, key: tuple[str, str, tuple[str, ...]]) -> Held | None:
        kept = self._kept.get(key)
        if kept is None or kept.stamp != tenant.access_stamp:
            return None
        return kept.held if self._monotonic() - kept.read_at < KEPT_FOR else None

    def _fresh(self, tenant: Tenant, key: tuple[str, str, tuple[str, ...]], role: str) -> Held:
        read_at = self._monotonic()
        held = _read(self._database, tenant.id, key[1], role)
        with self._lock:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            # What is written after the stamp was read moves it once more.
            self._kept[key] = _Kept(held, tenant.access_stamp, read_at)
        return held
