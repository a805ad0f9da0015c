"""Refresh tokens (RFC 6749 section 6): a chain for each grant, rotated in one change."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, null, select, update

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.grants import grants
from authwell.models.tokens import access_tokens, refresh_tokens
from authwell.protocol.model import Event
from authwell.protocol.ports import RefreshRecord, Rotation
from authwell.storage.changes import Change, NewRow, Step
from authwell.storage.database import Database
from authwell.storage.standing import GRANT_COLUMNS, read_grant, with_all_that_can_end_it
from authwell.storage.statements import Statement
from authwell.storage.values import access_values, event_values, refresh_values

_IS_THE_TOKEN = (
    refresh_tokens.c.digest == bindparam("digest"),
    refresh_tokens.c.tenant_id == bindparam("tenant_id"),
)

_SUCCESSOR = refresh_tokens.alias("successor")

FIND_TOKEN = Statement(
    select(
        refresh_tokens.c.digest,
        refresh_tokens.c.client_id,
        refresh_tokens.c.created_at,
        refresh_tokens.c.expires_at,
        refresh_tokens.c.used_at,
        _SUCCESSOR.c.sealed_for_retry.label("successor_sealed"),
        *GRANT_COLUMNS,
    )
    .select_from(
        with_all_that_can_end_it(
            refresh_tokens.join(grants, grants.c.id == refresh_tokens.c.grant_id).outerjoin(
                _SUCCESSOR, _SUCCESSOR.c.digest == refresh_tokens.c.successor_digest
            ),
            grants.c.tenant_id,
            grants.c.client_id,
        )
    )
    .where(*_IS_THE_TOKEN)
)

TAKE_TOKEN = (
    update(refresh_tokens)
    .where(
        *_IS_THE_TOKEN,
        refresh_tokens.c.client_id == bindparam("client_id"),
        refresh_tokens.c.used_at.is_(None),
    )
    .values(
        used_at=bindparam("now", type_=UtcDateTime()),
        successor_digest=bindparam("successor_digest"),
        # A retry gets this token again only while it is unused, and that ends here.
        sealed_for_retry=null(),
    )
    .returning(refresh_tokens.c.grant_id)
)

# Whose grant it is says the grant, so nothing is read before.
END_FAMILY = Change(
    update(grants)
    .where(
        grants.c.id
        == select(refresh_tokens.c.grant_id)
        .where(*_IS_THE_TOKEN, refresh_tokens.c.client_id == bindparam("client_id"))
        .scalar_subquery(),
        grants.c.expires_at > bindparam("now", type_=UtcDateTime()),
        grants.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now", type_=UtcDateTime()), revoked_reason=bindparam("reason"))
    .returning(grants.c.account_id, grants.c.session_id),
    NewRow(audit_events, "event", decided=("account_id", "session_id")),
)


@cache
def rotate_token(*, access: bool) -> Change:
    """Use a token up and keep its successor."""
    steps: list[Step] = [NewRow(refresh_tokens, "refresh"), NewRow(audit_events, "event")]
    if access:
        steps.append(NewRow(access_tokens, "access"))
    return Change(TAKE_TOKEN, *steps)


class SqlRefreshTokens:
    """The port `RefreshTokens` over SQL."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str, digest: bytes, now: datetime) -> RefreshRecord | None:
        """The token with its grant, used or not."""
        row = self._database.one(FIND_TOKEN, {"tenant_id": tenant_id, "digest": digest})
        if row is None:
            return None
        return RefreshRecord(
            digest=row.digest,
            client_id=row.client_id,
            grant=read_grant(row, now),
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            successor_sealed=row.successor_sealed,
            # The statement that uses the successor clears its sealed copy.
            successor_unused=row.successor_sealed is not None,
        )

    def revoke(
        self, tenant_id: str, client_id: str, digest: bytes, reason: str, event: Event
    ) -> bool:
        """End the grant of the client's token in one change that needs no look before."""
        key = {"tenant_id": tenant_id, "client_id": client_id, "digest": digest}
        values = {**key, "reason": reason, "now": event.at, **event_values(event)}
        return END_FAMILY.make(self._database, values) is not None

    def rotate(self, rotation: Rotation) -> bool:
        """Use the token up in one change, so that the row lock decides a race."""
        owner: dict[str, Any] = {
            "tenant_id": rotation.tenant_id,
            "client_id": rotation.client_id,
            "grant_id": rotation.grant_id,
            "now": rotation.now,
        }
        values = {
            **owner,
            **refresh_values(rotation.successor, owner),
            **event_values(rotation.event),
            "digest": rotation.digest,
            "successor_digest": rotation.successor.digest,
            "refresh_sealed_for_retry": rotation.successor_sealed,
        }
        if rotation.access_token is not None:
            values |= access_values(rotation.access_token, rotation.tenant_id)
        change = rotate_token(access=rotation.access_token is not None)
        return change.make(self._database, values) is not None
