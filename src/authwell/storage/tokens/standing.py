"""Whether a grant still stands: what every token read joins, and how the row is read.

Tenant, client, account and session can end a grant without touching it (DESIGN.md section
4), so the one statement that finds a token also reads their status and `not_before`.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Subquery,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from authwell.models.accounts import accounts
from authwell.models.clients import clients
from authwell.models.grants import grants
from authwell.models.sessions import sessions
from authwell.models.tenants import tenants
from authwell.protocol.model import Account, Grant
from authwell.storage.statements import Row

TENANT_COLUMNS: tuple[ColumnElement[Any], ...] = (
    tenants.c.status.label("tenant_status"),
    tenants.c.not_before.label("tenant_not_before"),
)
CLIENT_COLUMNS: tuple[ColumnElement[Any], ...] = (
    clients.c.status.label("client_status"),
    clients.c.not_before.label("client_not_before"),
)
ACCOUNT_COLUMNS: tuple[ColumnElement[Any], ...] = (
    accounts.c.id.label("account_id"),
    accounts.c.username.label("account_username"),
    accounts.c.email.label("account_email"),
    accounts.c.email_verified.label("account_email_verified"),
    accounts.c.full_name.label("account_full_name"),
    accounts.c.claims.label("account_claims"),
    accounts.c.roles.label("account_roles"),
    accounts.c.updated_at.label("account_updated_at"),
)
_OWN_COLUMNS = tuple(
    grants.c[name].label(f"grant_{name}")
    for name in grants.c.keys()  # noqa: SIM118 - the collection iterates over columns
    if name != "revoked_reason"
)
GRANT_COLUMNS: tuple[ColumnElement[Any], ...] = (
    *_OWN_COLUMNS,
    *TENANT_COLUMNS,
    *CLIENT_COLUMNS,
    *ACCOUNT_COLUMNS,
    accounts.c.status.label("account_status"),
    accounts.c.not_before.label("account_not_before"),
    sessions.c.expires_at.label("session_expires_at"),
    sessions.c.ended_at.label("session_ended_at"),
)

# In the text of the statement: each parameter costs both sides about a microsecond.
_ACTIVE: ColumnElement[str] = literal_column("'active'")


def with_all_that_can_end_it(
    source: FromClause, tenant_id: ColumnElement[Any], client_id: ColumnElement[Any]
) -> FromClause:
    """`source`, which has `grants` in it, joined to tenant, client, account and session.

    Args:
        source: what to join; where it has no grant, account and session are missing too.
        tenant_id: the column that says whose it is.
        client_id: the column that says which client's it is.
    """
    return (
        source.join(tenants, tenants.c.id == tenant_id)
        .join(clients, and_(clients.c.tenant_id == tenant_id, clients.c.client_id == client_id))
        .outerjoin(accounts, accounts.c.id == grants.c.account_id)
        .outerjoin(sessions, sessions.c.id == grants.c.session_id)
    )


def grant_stands(now: ColumnElement[Any]) -> ColumnElement[bool]:
    """`why_grant_ended` is None, as a condition on what `with_all_that_can_end_it` joins.

    It is one CASE, so that no part of it leads to an index: plans are made once, while tables
    may still be empty, and must find rows by their keys.
    """
    started_at = grants.c.created_at
    ended = case(
        (grants.c.revoked_at.is_not(None), true()),
        (grants.c.expires_at <= now, true()),
        (tenants.c.status != _ACTIVE, true()),
        (tenants.c.not_before > started_at, true()),
        (clients.c.status != _ACTIVE, true()),
        (clients.c.not_before > started_at, true()),
        (and_(grants.c.account_id.is_not(None), accounts.c.id.is_(None)), true()),
        (accounts.c.status != _ACTIVE, true()),
        (accounts.c.not_before > started_at, true()),
        (or_(grants.c.offline, grants.c.session_id.is_(None)), false()),
        (or_(sessions.c.expires_at.is_(None), sessions.c.ended_at.is_not(None)), true()),
        (sessions.c.expires_at <= now, true()),
        else_=false(),
    )
    return not_(ended)


def standing_grant(now: ColumnElement[Any]) -> Subquery:
    """The grants that stand and name no resources, with `GRANT_COLUMNS`.

    Whoever joins it by `grant_id` gives `tenant_id` and `client_id` as parameters.
    """
    return (
        select(*GRANT_COLUMNS)
        .select_from(
            with_all_that_can_end_it(grants, bindparam("tenant_id"), bindparam("client_id"))
        )
        .where(grant_stands(now), cast(grants.c.resources, Text) == literal_column("'[]'"))
        .subquery("standing")
    )


def read_grant(row: Row, now: datetime) -> Grant:
    """The grant of a row with `GRANT_COLUMNS`, and whether it still stands at `now`."""
    return Grant(
        id=row.grant_id,
        tenant_id=row.grant_tenant_id,
        client_id=row.grant_client_id,
        account=read_account(row) if row.account_id is not None else None,
        scope=frozenset(row.grant_scope.split()),
        resources=tuple(row.grant_resources),
        created_at=row.grant_created_at,
        expires_at=row.grant_expires_at,
        session_id=row.grant_session_id,
        sid=row.grant_sid,
        claims=row.grant_claims or {},
        auth_time=row.grant_auth_time,
        amr=tuple(row.grant_amr),
        acr=row.grant_acr,
        offline=row.grant_offline,
        ended=why_grant_ended(row, now),
    )


def read_account(row: Row) -> Account:
    """The account of a row with `ACCOUNT_COLUMNS`."""
    return Account(
        id=row.account_id,
        username=row.account_username,
        email=row.account_email,
        email_verified=row.account_email_verified,
        full_name=row.account_full_name,
        claims=row.account_claims,
        roles=tuple(row.account_roles),
        updated_at=row.account_updated_at,
    )


def why_grant_ended(row: Row, now: datetime) -> str | None:
    """The stable reason code of the first that ended the grant; None while it stands."""
    if row.grant_revoked_at is not None:
        return "grant_revoked"
    if row.grant_expires_at <= now:
        return "grant_expired"
    started_at: datetime = row.grant_created_at
    return (
        why_client_ended(row, started_at)
        or _why_account_ended(row, started_at)
        or _why_session_ended(row, now)
    )


def why_client_ended(row: Row, issued_at: datetime) -> str | None:
    """The same for what has a tenant and a client only, and was issued at `issued_at`."""
    if row.tenant_status != "active":
        return "tenant_disabled"
    if row.tenant_not_before is not None and issued_at < row.tenant_not_before:
        return "tenant_not_before"
    if row.client_status != "active":
        return "client_disabled"
    if row.client_not_before is not None and issued_at < row.client_not_before:
        return "client_not_before"
    return None


def _why_account_ended(row: Row, started_at: datetime) -> str | None:
    if row.grant_account_id is None:
        return None
    if row.account_status != "active":
        return "account_disabled"
    if row.account_not_before is not None and started_at < row.account_not_before:
        return "account_not_before"
    return None


def _why_session_ended(row: Row, now: datetime) -> str | None:
    if row.grant_offline or row.grant_session_id is None:
        return None
    if row.session_expires_at is None or row.session_ended_at is not None:
        return "session_ended"
    return "session_expired" if row.session_expires_at <= now else None
