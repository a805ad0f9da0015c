"""Configuration and accounts changed together: one transaction for all that was planned."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from authwell.models.accounts import accounts, credentials
from authwell.models.base import UtcDateTime
from authwell.models.sessions import sessions
from authwell.protocol.model import Event, Session
from authwell.storage.access.assignment import assign_roles
from authwell.storage.access.declared import DeclaredAccess
from authwell.storage.access.edit import AccessEdit
from authwell.storage.changes import NewRow
from authwell.storage.configuration import statements as sql
from authwell.storage.configuration.edit import Edit
from authwell.storage.database import Database, Transaction
from authwell.storage.errors import Conflict
from authwell.storage.login.credentials import PASSWORD
from authwell.storage.login.devices import end_trust
from authwell.storage.login.endings import tell_clients
from authwell.storage.login.guards import unlock
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.superusers import keeping_superusers
from authwell.storage.statements import Statement
from authwell.utils.randomness import new_id

STAMP = "config_stamps.stamp"
"""What a `Conflict` is about when the configuration changed since it was read."""

_TENANT_ID: Any = bindparam("tenant_id")
_OF_ACCOUNT: Any = bindparam("account_id")
_FIXED = ("id", "tenant_id", "created_at", "last_login_at")

ADD_ACCOUNT = Statement(NewRow(accounts, "new").alone())
LOCK_ACCOUNT = Statement(
    select(accounts)
    .where(accounts.c.id == _OF_ACCOUNT, accounts.c.tenant_id == _TENANT_ID)
    .with_for_update()
)
SET_ACCOUNT = Statement(
    update(accounts)
    .where(accounts.c.id == _OF_ACCOUNT, accounts.c.tenant_id == _TENANT_ID)
    .values(
        {
            column.name: bindparam(f"new_{column.name}", type_=column.type)
            for column in accounts.columns
            if column.name not in _FIXED
        }
    )
    .returning(accounts.c.id)
)
DELETE_ACCOUNT = Statement(
    delete(accounts)
    .where(accounts.c.id == _OF_ACCOUNT, accounts.c.tenant_id == _TENANT_ID)
    .returning(accounts.c.id)
)
FORGET_PASSWORD = Statement(
    delete(credentials).where(
        credentials.c.account_id == _OF_ACCOUNT,
        credentials.c.tenant_id == _TENANT_ID,
        credentials.c.kind == PASSWORD,
    )
)
ADD_PASSWORD = Statement(NewRow(credentials, "new").alone())
END_SESSIONS = Statement(
    update(sessions)
    .where(
        sessions.c.tenant_id == _TENANT_ID,
        sessions.c.account_id == _OF_ACCOUNT,
        sessions.c.id != bindparam("except_id"),
        sessions.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("now", type_=UtcDateTime()))
    .returning(sessions.c.id, sessions.c.tenant_id, sessions.c.account_id)
)
KEEP_SESSION = Statement(
    update(sessions)
    .where(
        sessions.c.tenant_id == _TENANT_ID,
        sessions.c.account_id == _OF_ACCOUNT,
        sessions.c.id == bindparam("session_id"),
        sessions.c.ended_at.is_(None),
    )
    .values(
        digest=bindparam("digest"),
        auth_time=bindparam("now", type_=UtcDateTime()),
        methods=bindparam("methods", type_=sessions.c.methods.type),
        last_seen_at=bindparam("now", type_=UtcDateTime()),
    )
)


class PeopleEdit:
    """Changes of accounts in the same transaction."""

    def __init__(self, transaction: Transaction, tenant_id: str, now: datetime) -> None:
        """Begun by `administer`."""
        self._transaction = transaction
        self._tenant_id = tenant_id
        self._now = now

    def add(self, record: AccountRecord) -> None:
        """Keep a new account."""
        self._run(ADD_ACCOUNT, _columns(record))
        if record.roles:
            self._assign(record.id, record.roles)

    def lock(self, account_id: str) -> AccountRecord | None:
        """The account as it stands until the transaction ends; None if it is gone."""
        key = {"account_id": account_id, "tenant_id": self._tenant_id}
        row = self._transaction.one(LOCK_ACCOUNT, key)
        return None if row is None else AccountRecord(**row._asdict())

    def change(self, account_id: str, members: Mapping[str, Any]) -> bool:
        """Write some members over what the account has now; False if it is gone.

        Who loses a role loses all sessions and tokens with it (THREATS.md SE-08).

        Raises:
            LastSuperuser: it would be nobody's tenant then.
        """
        record = self.lock(account_id)
        if record is None:
            return False
        if set(record.roles) - set(members.get("roles", record.roles)):
            members = {"not_before": self._now, **members}
            self.end_sessions(account_id)
        changed = replace(record, **members, updated_at=self._now)
        with self._keeping_superusers(record):
            if set(changed.roles) != set(record.roles):
                self._assign(account_id, changed.roles)
            return self._run(SET_ACCOUNT, {**_columns(changed), "account_id": account_id})

    def delete(self, account_id: str) -> bool:
        """Delete an account with its credentials, sessions, consents and grants.

        Raises:
            LastSuperuser: as `change`.
        """
        record = self.lock(account_id)
        if record is None:
            return False
        # Deleted with the account, they could not tell their clients any more.
        self.end_sessions(account_id)
        with self._keeping_superusers(record):
            return self._run(DELETE_ACCOUNT, {"account_id": account_id})

    def set_password(self, account_id: str, hashed: str) -> None:
        """Keep a password's hash instead of the one before; a locked account may log in again.

        No device is trusted any more: who made it so may have known the old password (MF-10).
        """
        self._run(FORGET_PASSWORD, {"account_id": account_id})
        values = {
            "id": new_id(self._now),
            "tenant_id": self._tenant_id,
            "account_id": account_id,
            "kind": PASSWORD,
            "secret": hashed,
            "created_at": self._now,
            "updated_at": self._now,
        }
        self._run(ADD_PASSWORD, {f"new_{name}": value for name, value in values.items()})
        end_trust(self._transaction, self._tenant_id, account_id)
        self.unlock(account_id)

    def unlock(self, account_id: str) -> bool:
        """Forget failed attempts; whether the account was locked."""
        return unlock(self._transaction, self._tenant_id, account_id, self._now)

    def end_sessions(self, account_id: str, except_id: str = "") -> int:
        """End the account's sessions but one, and with them all that is not offline."""
        key = {"tenant_id": self._tenant_id, "account_id": account_id, "now": self._now}
        key["except_id"] = except_id
        ended = self._transaction.all(END_SESSIONS, key)
        tell_clients(self._transaction, ended, self._now)
        return len(ended)

    def keep_session(self, session: Session, digest: bytes) -> None:
        """Let a session go on under another cookie, whose person has shown the password now."""
        methods = {**session.methods, "pwd": self._now}
        values = {
            "account_id": session.account.id,
            "session_id": session.id,
            "digest": digest,
            "methods": {name: at.isoformat() for name, at in methods.items()},
            "now": self._now,
        }
        self._run(KEEP_SESSION, values)

    def _assign(self, account_id: str, roles: Sequence[str]) -> None:
        assign_roles(self._transaction, self._tenant_id, account_id, list(roles), self._now)

    def _keeping_superusers(self, record: AccountRecord) -> AbstractContextManager[None]:
        return keeping_superusers(self._transaction, self._tenant_id, record.id, record.status)

    def _run(self, statement: Statement, values: dict[str, Any]) -> bool:
        return bool(self._transaction.all(statement, {"tenant_id": self._tenant_id, **values}))


class Administration:
    """One transaction over the configuration and the accounts of a tenant."""

    def __init__(self, transaction: Transaction, tenant_id: str, now: datetime) -> None:
        """Begun by `administer`."""
        self.transaction = transaction
        self.configuration = Edit(transaction, tenant_id, now)
        self.people = PeopleEdit(transaction, tenant_id, now)
        self._begun = (transaction, tenant_id, now)

    @cached_property
    def access(self) -> DeclaredAccess:
        """Who may do what; whoever asks for it takes the tenant's turn."""
        return DeclaredAccess(AccessEdit(*self._begun))

    def record(self, event: Event) -> None:
        """Add an audit event."""
        self.configuration.record(event)


@contextmanager
def administer(
    database: Database, tenant_id: str, now: datetime, *, since: int | None
) -> Iterator[Administration]:
    """Change configuration and accounts, all or nothing.

    Args:
        database: where.
        tenant_id: whose.
        now: the present.
        since: the stamp that the changes were planned by; it is bumped. None if only
            accounts change, which no snapshot holds.

    Raises:
        Conflict: the configuration has changed since that stamp (`concerns("stamp")`), or a
            change breaks a constraint; nothing was written.
    """
    with database.transaction() as transaction:
        if since is not None:
            bumped = transaction.one(sql.BUMP_STAMP, {"tenant_id": tenant_id, "now": now})
            if bumped is None or bumped.stamp != since + 1:
                raise Conflict(STAMP)
        yield Administration(transaction, tenant_id, now)


@contextmanager
def administer_alone(database: Database, tenant_id: str, now: datetime) -> Iterator[Administration]:
    """The same, while nobody else can change the configuration: what is read inside stays true."""
    with database.transaction() as transaction:
        transaction.all(sql.BUMP_STAMP, {"tenant_id": tenant_id, "now": now})
        yield Administration(transaction, tenant_id, now)


def _columns(record: AccountRecord) -> dict[str, Any]:
    plain = {**asdict(record), "claims": dict(record.claims), "roles": list(record.roles)}
    return {f"new_{name}": value for name, value in plain.items()}
