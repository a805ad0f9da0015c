"""Opaque access tokens, and what is known of signed ones (RFC 7662, RFC 7009)."""

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, exists, select, update
from sqlalchemy.dialects import postgresql

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.clients import clients
from authwell.models.grants import grants
from authwell.models.tenants import tenants
from authwell.models.tokens import access_tokens, denied_jtis
from authwell.protocol.model import Event
from authwell.protocol.records import AccessRecord, NewAccessToken, Standing
from authwell.storage.changes import Change, NewRow
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement
from authwell.storage.tokens.standing import (
    CLIENT_COLUMNS,
    GRANT_COLUMNS,
    TENANT_COLUMNS,
    read_grant,
    why_client_ended,
    with_all_that_can_end_it,
)
from authwell.storage.values import access_values, event_values

_TENANT_ID: Any = bindparam("tenant_id")
_CLIENT_ID: Any = bindparam("client_id")
_NEW_EVENT = NewRow(audit_events, "event")
_IS_DENIED = (
    exists()
    .where(denied_jtis.c.tenant_id == _TENANT_ID, denied_jtis.c.jti == bindparam("jti"))
    .label("is_denied")
)

FIND_TOKEN = Statement(
    select(
        access_tokens.c.digest,
        access_tokens.c.client_id,
        access_tokens.c.scope,
        access_tokens.c.audience,
        access_tokens.c.created_at,
        access_tokens.c.expires_at,
        access_tokens.c.revoked_at,
        *GRANT_COLUMNS,
    )
    .select_from(
        with_all_that_can_end_it(
            access_tokens.outerjoin(grants, grants.c.id == access_tokens.c.grant_id),
            access_tokens.c.tenant_id,
            access_tokens.c.client_id,
        )
    )
    .where(access_tokens.c.digest == bindparam("digest"), access_tokens.c.tenant_id == _TENANT_ID)
)

FIND_GRANT_AND_DENIAL = Statement(
    select(_IS_DENIED, *GRANT_COLUMNS)
    .select_from(with_all_that_can_end_it(grants, grants.c.tenant_id, grants.c.client_id))
    # By its key alone: with more conditions PostgreSQL may take the index of the client's grants.
    .where(grants.c.id == bindparam("grant_id"))
)

FIND_CLIENT_AND_DENIAL = Statement(
    select(
        _IS_DENIED,
        *TENANT_COLUMNS,
        *CLIENT_COLUMNS,
        clients.c.created_at.label("client_created_at"),
    )
    .select_from(clients.join(tenants, tenants.c.id == clients.c.tenant_id))
    .where(and_(clients.c.tenant_id == _TENANT_ID, clients.c.client_id == _CLIENT_ID))
)

ADD_TOKEN = Statement(NewRow(access_tokens, "access").alone())

REVOKE_TOKEN = Change(
    update(access_tokens)
    .where(
        access_tokens.c.digest == bindparam("digest"),
        access_tokens.c.tenant_id == _TENANT_ID,
        access_tokens.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now", type_=UtcDateTime()))
    .returning(access_tokens.c.client_id),
    _NEW_EVENT,
)

DENY_JTI = Change(
    postgresql.insert(denied_jtis)
    .values(tenant_id=_TENANT_ID, jti=bindparam("jti"), expires_at=bindparam("expires_at"))
    .on_conflict_do_nothing()
    .returning(denied_jtis.c.jti),
    _NEW_EVENT,
)


class SqlAccessTokens:
    """The port `AccessTokens` over SQL."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def issue(self, tenant_id: str, token: NewAccessToken) -> None:
        """Keep an opaque token that no other change carries."""
        self._database.write(ADD_TOKEN, access_values(token, tenant_id))

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> AccessRecord | None:
        """The opaque token, and whether it still stands."""
        row = self._database.one(FIND_TOKEN, {"tenant_id": tenant_id, "digest": digest})
        if row is None:
            return None
        grant = read_grant(row, now) if row.grant_id is not None else None
        return AccessRecord(
            digest=row.digest,
            client_id=row.client_id,
            grant=grant,
            scope=frozenset(row.scope.split()),
            audience=tuple(row.audience),
            created_at=row.created_at,
            expires_at=row.expires_at,
            ended=_why_ended(row, grant.created_at if grant else row.created_at, now),
        )

    def standing(
        self,
        tenant_id: str,
        client_id: str,
        grant_id: str | None,
        jti: str,
        issued_at: datetime,
        now: datetime,
    ) -> Standing:
        """Whether a signed token stands, in one read."""
        key = {"tenant_id": tenant_id, "client_id": client_id, "jti": jti}
        if grant_id is None:
            return self._standing_without_grant(key, issued_at)
        row = self._database.one(FIND_GRANT_AND_DENIAL, {**key, "grant_id": grant_id})
        if row is None or (row.grant_tenant_id, row.grant_client_id) != (tenant_id, client_id):
            return Standing(grant=None, ended="grant_unknown")
        grant = read_grant(row, now)
        return Standing(grant=grant, ended="token_revoked" if row.is_denied else grant.ended)

    def revoke(self, tenant_id: str, digest: bytes, now: datetime, event: Event) -> None:
        """End an opaque token, once."""
        key = {"tenant_id": tenant_id, "digest": digest, "now": now}
        REVOKE_TOKEN.make(self._database, {**key, **event_values(event)})

    def deny(self, tenant_id: str, jti: str, expires_at: datetime, event: Event) -> None:
        """Refuse a signed token until it expires; told of once."""
        key = {"tenant_id": tenant_id, "jti": jti, "expires_at": expires_at}
        DENY_JTI.make(self._database, {**key, **event_values(event)})

    def _standing_without_grant(self, key: dict[str, Any], issued_at: datetime) -> Standing:
        row = self._database.one(FIND_CLIENT_AND_DENIAL, key)
        if row is None:
            return Standing(grant=None, ended="client_unknown")
        ended = "token_revoked" if row.is_denied else why_client_ended(row, issued_at)
        return Standing(grant=None, ended=ended or _why_not_this_client(row, issued_at))


def _why_ended(row: Row, started_at: datetime, now: datetime) -> str | None:
    if row.revoked_at is not None:
        return "token_revoked"
    if row.expires_at <= now:
        return "token_expired"
    return why_client_ended(row, started_at)


def _why_not_this_client(row: Row, issued_at: datetime) -> str | None:
    """A client of the same id that was deleted before: its tokens are not this one's."""
    created_at: datetime = row.client_created_at
    # `issued_at` is that of a `jti`, which knows milliseconds.
    since = created_at.replace(microsecond=created_at.microsecond // 1000 * 1000)
    return "client_unknown" if issued_at < since else None
