"""All that is held about a person: which columns of which tables they may take with them.

What proves a person (digests, hashes, sealed secrets, keys) is left out; a test asks for every
table with an account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, select

from authwell.models.accounts import accounts, credentials
from authwell.models.api_keys import api_keys
from authwell.models.audit import audit_events
from authwell.models.devices import devices
from authwell.models.factors import backup_codes, totp_factors, webauthn_credentials
from authwell.models.grants import consents, grants
from authwell.models.groups import group_members
from authwell.models.guards import attempt_guards
from authwell.models.handles import handles
from authwell.models.invitations import invitations
from authwell.models.roles import resource_grants, user_roles
from authwell.models.sessions import session_clients, sessions
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement

MOST_EVENTS = 10_000
"""The latest ones; the person may read on at their list of activities."""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows of one table."""

    table: Table
    columns: tuple[str, ...]
    newest: int | None = None
    """How many, the latest first; None: all of them."""

    def statement(self) -> Statement:
        """The rows of one account."""
        owner = self.table.c.id if self.table is accounts else self.table.c.account_id
        query = select(*(self.table.c[name] for name in self.columns)).where(
            owner == bindparam("account_id"), self.table.c.tenant_id == bindparam("tenant_id")
        )
        if self.newest is not None:
            query = query.order_by(self.table.c.at.desc()).limit(self.newest)
        elif "created_at" in self.columns:
            query = query.order_by(self.table.c.created_at)
        return Statement(query)


SECTIONS: Mapping[str, Section] = {
    "account": Section(
        accounts,
        (
            *("id", "username", "email", "email_verified", "full_name", "locale", "claims"),
            *("roles", "status", "created_at", "updated_at", "last_login_at", "deleted_at"),
        ),
    ),
    "credentials": Section(credentials, ("kind", "created_at", "updated_at")),
    "authenticator_apps": Section(totp_factors, ("created_at", "confirmed_at")),
    "backup_codes": Section(backup_codes, ("created_at", "used_at")),
    "passkeys": Section(
        webauthn_credentials,
        ("id", "name", "transports", "aaguid", "is_backed_up", "created_at", "last_used_at"),
    ),
    "failed_logins": Section(
        attempt_guards, ("failures", "in_a_row", "locks", "since", "locked_at", "locked_until")
    ),
    "sessions": Section(
        sessions,
        (
            *("id", "created_at", "last_seen_at", "expires_at", "ended_at", "auth_time", "amr"),
            *("address", "user_agent", "location", "device_id"),
        ),
    ),
    "devices": Section(
        devices, ("id", "name", "created_at", "last_seen_at", "trusted_until", "revoked_at")
    ),
    "consents": Section(consents, ("client_id", "scope", "resources", "created_at", "updated_at")),
    "grants": Section(
        grants,
        (
            *("id", "client_id", "scope", "resources", "created_at", "expires_at"),
            *("revoked_at", "revoked_reason"),
        ),
    ),
    "api_keys": Section(
        api_keys,
        ("id", "name", "hint", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"),
    ),
    "roles": Section(user_roles, ("role_id", "created_at")),
    "groups": Section(group_members, ("group_id", "created_at")),
    "resource_grants": Section(
        resource_grants, ("id", "permission_id", "resource_id", "created_at")
    ),
    "invitations": Section(
        invitations, ("id", "email", "roles", "invited_by", "created_at", "accepted_at")
    ),
    "links": Section(handles, ("kind", "created_at", "expires_at", "consumed_at")),
    "events": Section(
        audit_events,
        (
            *("id", "at", "type", "client_id", "session_id", "actor", "address", "user_agent"),
            "data",
        ),
        newest=MOST_EVENTS,
    ),
}
"""By the member of the document."""

_STATEMENTS = {name: section.statement() for name, section in SECTIONS.items()}
CLIENTS_OF_SESSIONS = Statement(
    select(session_clients.c.session_id, session_clients.c.client_id)
    .select_from(session_clients.join(sessions, sessions.c.id == session_clients.c.session_id))
    .where(
        sessions.c.account_id == bindparam("account_id"),
        sessions.c.tenant_id == bindparam("tenant_id"),
    )
)


def personal_data(database: Database, tenant_id: str, account_id: str) -> dict[str, Any]:
    """Every section of one account, as JSON can hold it; `account` is None if there is none."""
    key = {"tenant_id": tenant_id, "account_id": account_id}
    found: dict[str, Any] = {
        name: [_entry(row) for row in database.all(statement, key)]
        for name, statement in _STATEMENTS.items()
    }
    clients = database.all(CLIENTS_OF_SESSIONS, key)
    for session in found["sessions"]:
        session["clients"] = [row.client_id for row in clients if row.session_id == session["id"]]
    return {**found, "account": found["account"][0] if found["account"] else None}


def _entry(row: Row) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row._asdict().items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
