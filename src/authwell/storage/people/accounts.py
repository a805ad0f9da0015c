"""Accounts: the rows of people, found by id, user name or e-mail address."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Integer, bindparam, case, delete, func, or_, select, update

from authwell.models.accounts import accounts, credentials
from authwell.models.audit import audit_events
from authwell.protocol.model import Account, Event
from authwell.storage.access.assignment import GiveRoles, Names, take_roles_step
from authwell.storage.changes import Change, NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement
from authwell.storage.values import event_values, searchable

Status = Literal["pending", "active", "disabled", "deleted"]


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """The whole row of an account."""

    id: str
    tenant_id: str
    username: str
    username_canonical: str
    created_at: datetime
    updated_at: datetime
    email: str | None = None
    email_canonical: str | None = None
    email_verified: bool = False
    full_name: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    roles: Sequence[str] = ()
    status: Status = "active"
    locale: str | None = None
    not_before: datetime | None = None
    last_login_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def account(self) -> Account:
        """The account as the engine knows it."""
        return Account(
            id=self.id,
            username=self.username,
            email=self.email,
            email_verified=self.email_verified,
            full_name=self.full_name,
            claims=self.claims,
            roles=tuple(self.roles),
            updated_at=self.updated_at,
        )


@dataclass(frozen=True, slots=True)
class LoginCandidate:
    """What a login needs of an account, found in one read."""

    record: AccountRecord
    password_hash: str | None


_NEW_EVENT = NewRow(audit_events, "event")
_TENANT_ID: Any = bindparam("tenant_id")
_IS_THE_ACCOUNT = (accounts.c.id == bindparam("account_id"), accounts.c.tenant_id == _TENANT_ID)
_NAME: Any = bindparam("name")
# Whoever is called so comes first, whoever has that address after.
_IS_NAMED = or_(accounts.c.username_canonical == _NAME, accounts.c.email_canonical == _NAME)
_NAME_FIRST = case((accounts.c.username_canonical == _NAME, 0), else_=1)
_CHANGEABLE = (
    "username",
    "username_canonical",
    "email",
    "email_canonical",
    "email_verified",
    "full_name",
    "claims",
    "roles",
    "status",
    "locale",
    "not_before",
    "updated_at",
    "deleted_at",
)

FIND_BY_ID = Statement(select(accounts).where(*_IS_THE_ACCOUNT))
FIND_BY_NAME = Statement(
    select(accounts)
    .where(accounts.c.tenant_id == _TENANT_ID, _IS_NAMED)
    .order_by(_NAME_FIRST)
    .limit(1)
)
FIND_BY_USERNAME = Statement(
    select(accounts).where(
        accounts.c.tenant_id == _TENANT_ID, accounts.c.username_canonical == _NAME
    )
)
FIND_BY_EMAIL = Statement(
    select(accounts).where(accounts.c.tenant_id == _TENANT_ID, accounts.c.email_canonical == _NAME)
)
FIND_CANDIDATE = Statement(
    select(
        *accounts.c,
        credentials.c.secret,
    )
    .select_from(
        accounts.outerjoin(
            credentials,
            (credentials.c.account_id == accounts.c.id) & (credentials.c.kind == "password"),
        )
    )
    .where(accounts.c.tenant_id == _TENANT_ID, _IS_NAMED)
    .order_by(_NAME_FIRST)
    .limit(1)
)
LIST_ACCOUNTS = Statement(
    select(accounts)
    .where(accounts.c.tenant_id == _TENANT_ID, accounts.c.id > bindparam("after"))
    .order_by(accounts.c.id)
    .limit(bindparam("limit", type_=Integer()))
)
COUNT_ACCOUNTS = Statement(
    select(func.count().label("number")).where(accounts.c.tenant_id == _TENANT_ID)
)
_OF_NEW = Names("new_tenant_id", "new_id", "new_roles", "new_created_at")
_OF_CHANGED = Names(roles="new_roles", now="new_updated_at")
ADD_ACCOUNT = Change(
    NewRow(accounts, "new").alone().returning(accounts.c.id), GiveRoles(_OF_NEW), _NEW_EVENT
)
UPDATE_ACCOUNT = Change(
    update(accounts)
    .where(*_IS_THE_ACCOUNT)
    .values({name: bindparam(f"new_{name}", type_=accounts.c[name].type) for name in _CHANGEABLE})
    .returning(accounts.c.id),
    take_roles_step(_OF_CHANGED),
    GiveRoles(_OF_CHANGED),
    _NEW_EVENT,
)
DELETE_ACCOUNT = Change(
    delete(accounts).where(*_IS_THE_ACCOUNT).returning(accounts.c.id), _NEW_EVENT
)


class Accounts:
    """The accounts of all tenants; every call names its tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str, account_id: str) -> AccountRecord | None:
        """The account, disabled or not."""
        row = self._database.one(FIND_BY_ID, {"tenant_id": tenant_id, "account_id": account_id})
        return None if row is None else _record(row)

    def find_by_name(self, tenant_id: str, canonical: str) -> AccountRecord | None:
        """The account with that canonical user name, else with that canonical e-mail address."""
        row = self._database.one(
            FIND_BY_NAME, {"tenant_id": tenant_id, "name": searchable(canonical)}
        )
        return None if row is None else _record(row)

    def find_by_username(self, tenant_id: str, canonical: str) -> AccountRecord | None:
        """The account that is called so."""
        return self._find(FIND_BY_USERNAME, tenant_id, canonical)

    def find_by_email(self, tenant_id: str, canonical: str) -> AccountRecord | None:
        """The account with that e-mail address, verified or not."""
        return self._find(FIND_BY_EMAIL, tenant_id, canonical)

    def find_candidate(self, tenant_id: str, canonical: str) -> LoginCandidate | None:
        """The same with its password hash and its guard, for a login."""
        key = {"tenant_id": tenant_id, "name": searchable(canonical)}
        row = self._database.one(FIND_CANDIDATE, key)
        if row is None:
            return None
        return LoginCandidate(
            record=_record(row),
            password_hash=row.secret,
        )

    def list(self, tenant_id: str, after: str = "", limit: int = 100) -> tuple[AccountRecord, ...]:
        """A page of accounts in the order of their making; `after` is the last page's last id."""
        key = {"tenant_id": tenant_id, "after": searchable(after), "limit": limit}
        return tuple(_record(row) for row in self._database.all(LIST_ACCOUNTS, key))

    def count(self, tenant_id: str) -> int:
        """How many accounts the tenant has."""
        row = self._database.one(COUNT_ACCOUNTS, {"tenant_id": tenant_id})
        return int(row.number) if row else 0

    def add(self, record: AccountRecord, event: Event) -> None:
        """Keep a new account.

        Raises:
            Conflict: its canonical user name or e-mail address is taken;
                `concerns("username_canonical")` or `concerns("email_canonical")` says which.
        """
        values = {f"new_{name}": value for name, value in _plain(record).items()}
        ADD_ACCOUNT.make(self._database, {**values, **event_values(event)})

    def update(self, record: AccountRecord, event: Event) -> bool:
        """Write all that may change; False if the account is gone.

        Raises:
            Conflict: as `add`.
        """
        plain = _plain(record)
        values = {f"new_{name}": plain[name] for name in _CHANGEABLE}
        key = {"tenant_id": record.tenant_id, "account_id": record.id}
        change = UPDATE_ACCOUNT.make(self._database, {**values, **key, **event_values(event)})
        return change is not None

    def delete(self, tenant_id: str, account_id: str, event: Event) -> bool:
        """Delete the account with its credentials, sessions, consents and grants."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        return DELETE_ACCOUNT.make(self._database, {**key, **event_values(event)}) is not None

    def _find(self, statement: Statement, tenant_id: str, canonical: str) -> AccountRecord | None:
        key = {"tenant_id": tenant_id, "name": searchable(canonical)}
        row = self._database.one(statement, key)
        return None if row is None else _record(row)


def find_account(transaction: Transaction, tenant_id: str, account_id: str) -> AccountRecord | None:
    """The account as the transaction sees it."""
    key = {"tenant_id": tenant_id, "account_id": searchable(account_id)}
    row = transaction.one(FIND_BY_ID, key)
    return None if row is None else _record(row)


_FIELDS = tuple(AccountRecord.__dataclass_fields__)


def locale_of(transaction: Transaction, tenant_id: str, account_id: str) -> str | None:
    """The language of a person's mails, if they have chosen one."""
    row = transaction.one(FIND_BY_ID, {"tenant_id": tenant_id, "account_id": account_id})
    return None if row is None else row.locale


def _record(row: Row) -> AccountRecord:
    return AccountRecord(**{name: getattr(row, name) for name in _FIELDS})


def _plain(record: AccountRecord) -> dict[str, Any]:
    return {**asdict(record), "claims": dict(record.claims), "roles": list(record.roles)}
