"""Accounts as administrators see them: a page of a list or one, each read with one statement."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, func, literal_column, or_, select

from authwell.models.accounts import accounts
from authwell.models.base import UtcDateTime
from authwell.models.guards import attempt_guards
from authwell.models.roles import roles, user_roles
from authwell.storage.database import Database, Transaction
from authwell.storage.pages import Found, Pages, Wanted, begins_with
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

PRESENT = "present"
"""The filter that leaves deleted accounts out."""

_TENANT_ID: Any = bindparam("tenant_id")
_LOCKED_UNTIL = (
    select(func.max(attempt_guards.c.locked_until))
    .where(
        attempt_guards.c.account_id == accounts.c.id,
        attempt_guards.c.tenant_id == accounts.c.tenant_id,
        attempt_guards.c.locked_until > bindparam("now", type_=UtcDateTime()),
    )
    .scalar_subquery()
)
_HAS_ROLE = exists(
    select(literal_column("1"))
    .select_from(
        user_roles.join(
            roles,
            (roles.c.tenant_id == user_roles.c.tenant_id) & (roles.c.id == user_roles.c.role_id),
        )
    )
    .where(
        user_roles.c.tenant_id == accounts.c.tenant_id,
        user_roles.c.account_id == accounts.c.id,
        roles.c.name == bindparam("role"),
    )
)
_OF_TENANT = select(*accounts.c, _LOCKED_UNTIL.label("locked_until")).where(
    accounts.c.tenant_id == _TENANT_ID
)
FIND = Statement(_OF_TENANT.where(accounts.c.id == bindparam("account_id")))
PAGES = Pages(
    _OF_TENANT,
    # The id begins with the time.
    {"created_at": (accounts.c.id,), "username": (accounts.c.username_canonical,)},
    {
        PRESENT: accounts.c.status != "deleted",
        "status": accounts.c.status == bindparam("status"),
        "username": accounts.c.username_canonical == bindparam("username"),
        "email": accounts.c.email_canonical == bindparam("email"),
        "role": _HAS_ROLE,
        "q": or_(
            begins_with(accounts.c.username_canonical, "q"),
            begins_with(accounts.c.email_canonical, "q"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class AccountReport:
    """An account and until when it is locked, if it is."""

    record: AccountRecord
    locked_until: datetime | None


class AccountReports:
    """The accounts of all tenants; every call names its tenant."""

    def __init__(self, database: Database) -> None:
        """Read one database."""
        self._database = database

    def find(self, tenant_id: str, account_id: str, now: datetime) -> AccountReport | None:
        """An account, whatever its status."""
        row = self._database.one(FIND, _key(tenant_id, account_id, now))
        return None if row is None else _report(row)

    def page(
        self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any], now: datetime
    ) -> Found:
        """A page of `AccountReport`s by `created_at` or `username`.

        Args:
            tenant_id: whose.
            wanted: which page.
            filters: `status`, `role`, `username` and `email` in canonical form, and `q`, with which a
                canonical name or address begins. Without a status deleted ones are left out.
            now: the present.
        """
        given = dict(filters) if "status" in filters else {PRESENT: True, **filters}
        found = PAGES.read(self._database, wanted, {"tenant_id": tenant_id, "now": now}, given)
        return replace(found, rows=tuple(_report(row) for row in found.rows))


def find_report(
    transaction: Transaction, tenant_id: str, account_id: str, now: datetime
) -> AccountReport | None:
    """An account as the transaction sees it."""
    row = transaction.one(FIND, _key(tenant_id, account_id, now))
    return None if row is None else _report(row)


def _key(tenant_id: str, account_id: str, now: datetime) -> dict[str, Any]:
    return {"tenant_id": tenant_id, "account_id": searchable(account_id), "now": now}


_FIELDS = tuple(AccountRecord.__dataclass_fields__)


def _report(row: Row) -> AccountReport:
    record = AccountRecord(**{name: getattr(row, name) for name in _FIELDS})
    return AccountReport(record, row.locked_until)
