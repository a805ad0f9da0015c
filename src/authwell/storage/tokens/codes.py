"""Authorization codes (RFC 6749 section 4.1): issued, found, and used up once."""

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    bindparam,
    case,
    exists,
    false,
    not_,
    select,
    true,
    update,
)

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.grants import grants
from authwell.models.guards import attempt_guards
from authwell.models.handles import handles
from authwell.models.sessions import session_clients
from authwell.models.tokens import access_tokens, refresh_tokens
from authwell.protocol.records import Authorization, CodeRecord, PlainRedemption, Redemption
from authwell.storage.changes import Change, NewRow, Step
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement
from authwell.storage.tokens.consents import RememberedConsent, consent_values
from authwell.storage.tokens.standing import (
    GRANT_COLUMNS,
    read_grant,
    standing_grant,
    with_all_that_can_end_it,
)
from authwell.storage.values import (
    CODE,
    CODE_COLUMNS,
    access_values,
    code_values,
    event_values,
    grant_values,
    proof_digest,
    refresh_values,
)

MAX_FAILED_ATTEMPTS = 5

_NOW: Any = bindparam("now", type_=UtcDateTime())
_IS_THE_CODE = (
    handles.c.digest == bindparam("digest"),
    handles.c.tenant_id == bindparam("tenant_id"),
    handles.c.kind == CODE,
)


def _is_locked(account_id: ColumnElement[Any], since: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether somebody guessed at the account so often that it was locked after that moment.

    Who logged in on a known device while it was locked has shown who they are.
    """
    return exists().where(
        attempt_guards.c.account_id == account_id,
        attempt_guards.c.locked_until > _NOW,
        attempt_guards.c.locked_at >= since,
    )


FIND_CODE = Statement(
    select(
        handles.c.digest,
        handles.c.client_id,
        handles.c.expires_at,
        handles.c.data,
        handles.c.consumed_at,
        handles.c.failed_attempts,
        _is_locked(grants.c.account_id, grants.c.created_at).label("is_locked"),
        *GRANT_COLUMNS,
    )
    .select_from(
        with_all_that_can_end_it(
            handles.join(grants, grants.c.id == handles.c.grant_id),
            grants.c.tenant_id,
            grants.c.client_id,
        )
    )
    .where(*_IS_THE_CODE)
)

COUNT_FAILURE = Statement(
    update(handles)
    .where(*_IS_THE_CODE, handles.c.consumed_at.is_(None))
    .values(
        failed_attempts=handles.c.failed_attempts + 1,
        consumed_at=case((handles.c.failed_attempts >= MAX_FAILED_ATTEMPTS - 1, _NOW), else_=None),
    )
)

TAKE_CODE = (
    update(handles)
    .where(
        *_IS_THE_CODE,
        handles.c.client_id == bindparam("client_id"),
        handles.c.consumed_at.is_(None),
    )
    .values(consumed_at=_NOW)
    .returning(handles.c.grant_id)
)

TAKE_INTERACTION = (
    update(handles)
    .where(
        handles.c.digest == bindparam("interaction_digest"),
        handles.c.tenant_id == bindparam("tenant_id"),
        handles.c.consumed_at.is_(None),
    )
    .values(consumed_at=_NOW)
    .returning(handles.c.digest)
)

NEW_GRANT = NewRow(grants, "grant")
NEW_CODE = NewRow(handles, "code", columns=CODE_COLUMNS)
NEW_REFRESH_TOKEN = NewRow(refresh_tokens, "refresh")
NEW_ACCESS_TOKEN = NewRow(access_tokens, "access")
NEW_EVENT = NewRow(audit_events, "event")


@cache
def keep_grant(
    *, code: bool, access: bool, interaction: bool, session: bool, consent: bool
) -> Change:
    """Keep a grant and what it gives; an interaction, if there is one, decides."""
    steps: list[Step] = [NEW_EVENT]
    if code:
        steps.append(NEW_CODE)
    if access:
        steps.append(NEW_ACCESS_TOKEN)
    if session:
        steps.append(NewRow(session_clients, "participation", unless_known=True))
    if consent:
        steps.append(RememberedConsent())
    if interaction:
        return Change(TAKE_INTERACTION, NEW_GRANT, *steps)
    return Change(NEW_GRANT.alone().returning(grants.c.id), *steps)


@cache
def redeem_code(*, refresh: bool, access: bool) -> Change:
    """Use a code up and keep the tokens that have rows."""
    steps: list[Step] = [NEW_EVENT]
    if refresh:
        steps.append(NEW_REFRESH_TOKEN)
    if access:
        steps.append(NEW_ACCESS_TOKEN)
    return Change(TAKE_CODE, *steps)


_STANDING_GRANT = standing_grant(_NOW)


# All that `CodeRecord.is_plain` asks, where no other request can come between.
TAKE_PLAIN_CODE = (
    update(handles)
    .where(
        *_IS_THE_CODE,
        handles.c.client_id == bindparam("client_id"),
        handles.c.consumed_at.is_(None),
        handles.c.proof_digest == bindparam("proof_digest"),
        # As in `grant_stands`: no condition that could be taken for a way to the row.
        case((handles.c.expires_at > _NOW, true()), else_=false()),
        handles.c.grant_id == _STANDING_GRANT.c.grant_id,
        not_(_is_locked(_STANDING_GRANT.c.grant_account_id, handles.c.created_at)),
    )
    .values(consumed_at=_NOW)
    .returning(
        handles.c.tenant_id,
        handles.c.client_id,
        handles.c.consumed_at.label("created_at"),
        handles.c.expires_at.label("code_expires_at"),
        handles.c.data,
        _STANDING_GRANT.c.grant_session_id.label("session_id"),
        _STANDING_GRANT.c.grant_expires_at.label("expires_at"),
        *_STANDING_GRANT.c,
    )
)


@cache
def redeem_plain_code(*, refresh: bool) -> Change:
    """Find a code, prove what can be proven there, use it up and keep its refresh token."""
    event = ("tenant_id", "client_id", "account_id", "session_id")
    steps: list[Step] = [NewRow(audit_events, "event", decided=event)]
    if refresh:
        decided = ("tenant_id", "client_id", "grant_id", "created_at", "expires_at")
        columns = ("digest", *decided)
        steps.append(NewRow(refresh_tokens, "refresh", columns=columns, decided=decided))
    answer = ("code_expires_at", "data", *(column.name for column in _STANDING_GRANT.c))
    return Change(TAKE_PLAIN_CODE, *steps, answer=answer)


class SqlCodes:
    """The port `Codes` over SQL."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def issue(self, authorization: Authorization) -> bool:
        """Keep the grant with all that belongs to it, if the interaction is unused."""
        grant = authorization.grant
        values = {
            **grant_values(grant),
            **event_values(authorization.event),
            "tenant_id": grant.tenant_id,
            "interaction_digest": authorization.interaction_digest,
            "now": grant.created_at,
            "participation_session_id": grant.session_id,
            "participation_client_id": grant.client_id,
            "participation_tenant_id": grant.tenant_id,
            "participation_sid": grant.sid,
            "participation_created_at": grant.created_at,
        }
        if authorization.code is not None:
            values |= code_values(authorization.code)
        if authorization.access_token is not None:
            values |= access_values(authorization.access_token, grant.tenant_id)
        if authorization.consent is not None:
            values |= consent_values(grant.tenant_id, authorization.consent, grant.created_at)
        change = keep_grant(
            code=authorization.code is not None,
            access=authorization.access_token is not None,
            interaction=authorization.interaction_digest is not None,
            session=grant.session_id is not None and grant.sid is not None,
            consent=authorization.consent is not None,
        )
        return change.make(self._database, values) is not None

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> CodeRecord | None:
        """The code with its grant, used or not."""
        row = self._database.one(FIND_CODE, {"tenant_id": tenant_id, "digest": digest, "now": now})
        if row is None:
            return None
        grant = read_grant(row, now)
        # Somebody guessed at the password meanwhile; tokens that exist already live on.
        if grant.ended is None and row.is_locked:
            grant = replace(grant, ended="account_locked")
        return CodeRecord(
            digest=row.digest,
            client_id=row.client_id,
            grant=grant,
            expires_at=row.expires_at,
            redirect_uri=row.data["redirect_uri"],
            code_challenge=row.data["code_challenge"],
            nonce=row.data["nonce"],
            consumed_at=row.consumed_at,
            failed_attempts=row.failed_attempts,
        )

    def count_failure(self, tenant_id: str, digest: bytes, now: datetime) -> None:
        """Add a failed attempt; the fifth uses the code up."""
        values = {"tenant_id": tenant_id, "digest": digest, "now": now}
        self._database.write(COUNT_FAILURE, values)

    def redeem(self, redemption: Redemption) -> bool:
        """Use the code up in one change, so that the row lock decides a race."""
        owner: dict[str, Any] = {
            "tenant_id": redemption.tenant_id,
            "client_id": redemption.client_id,
            "grant_id": redemption.grant_id,
            "now": redemption.now,
        }
        values = {**owner, "digest": redemption.code_digest, **event_values(redemption.event)}
        refresh, access = redemption.refresh_token, redemption.access_token
        if refresh is not None:
            values |= refresh_values(refresh, owner)
        if access is not None:
            values |= access_values(access, redemption.tenant_id)
        change = redeem_code(refresh=refresh is not None, access=access is not None)
        return change.make(self._database, values) is not None

    def redeem_plain(self, redemption: PlainRedemption) -> CodeRecord | None:
        """Use the code up if nothing else must be asked: on PostgreSQL one round trip."""
        if self._database.is_sqlite:
            # It returns no columns of other tables, and has no round trip to save.
            code = self.find(redemption.tenant_id, redemption.code_digest, redemption.now)
            if code is None or not code.is_plain(redemption):
                return None
            return code if self.redeem(redemption.of(code.grant)) else None
        values = {
            **event_values(redemption.event),
            "tenant_id": redemption.tenant_id,
            "client_id": redemption.client_id,
            "digest": redemption.code_digest,
            "proof_digest": proof_digest(redemption.redirect_uri, redemption.code_challenge),
            "now": redemption.now,
            "refresh_digest": redemption.refresh_digest,
        }
        change = redeem_plain_code(refresh=redemption.refresh_digest is not None)
        row = change.make(self._database, values)
        return None if row is None else _plain_code(redemption, row)


def _plain_code(redemption: PlainRedemption, row: Row) -> CodeRecord:
    return CodeRecord(
        digest=redemption.code_digest,
        client_id=redemption.client_id,
        grant=read_grant(row, redemption.now),
        expires_at=row.code_expires_at,
        redirect_uri=redemption.redirect_uri,
        code_challenge=redemption.code_challenge,
        nonce=row.data["nonce"],
    )
