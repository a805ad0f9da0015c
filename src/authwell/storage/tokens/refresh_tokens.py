"""Refresh tokens (RFC 6749 section 6): a chain for each grant, rotated in one change."""

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    bindparam,
    case,
    false,
    null,
    select,
    true,
    update,
)

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.grants import grants
from authwell.models.tokens import access_tokens, refresh_tokens
from authwell.protocol.model import Event
from authwell.protocol.records import RefreshRecord, Rotation
from authwell.storage.changes import Change, NewRow, Step
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.storage.tokens.standing import (
    GRANT_COLUMNS,
    read_grant,
    standing_grant,
    with_all_that_can_end_it,
)
from authwell.storage.values import access_values, event_values

_IS_THE_TOKEN = (
    refresh_tokens.c.digest == bindparam("digest"),
    refresh_tokens.c.tenant_id == bindparam("tenant_id"),
)

_NOW: Any = bindparam("now", type_=UtcDateTime())
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

_TOKEN_IS_USED = {
    "used_at": _NOW,
    "successor_digest": bindparam("successor_digest"),
    # A retry gets this token again only while it is unused, and that ends here.
    "sealed_for_retry": null(),
}
_IS_UNUSED = (
    *_IS_THE_TOKEN,
    refresh_tokens.c.client_id == bindparam("client_id"),
    refresh_tokens.c.used_at.is_(None),
)
# What the successor has of the token.
_SUCCESSOR_COLUMNS = (
    refresh_tokens.c.successor_digest.label("digest"),
    refresh_tokens.c.tenant_id,
    refresh_tokens.c.client_id,
    refresh_tokens.c.grant_id,
    refresh_tokens.c.used_at.label("created_at"),
    refresh_tokens.c.expires_at,
)
_DECIDED = ("digest", "tenant_id", "client_id", "grant_id", "created_at", "expires_at")
NEW_SUCCESSOR = NewRow(
    refresh_tokens, "refresh", columns=(*_DECIDED, "sealed_for_retry"), decided=_DECIDED
)

TAKE_TOKEN = (
    update(refresh_tokens).where(*_IS_UNUSED).values(_TOKEN_IS_USED).returning(*_SUCCESSOR_COLUMNS)
)

_STANDING_GRANT = standing_grant(_NOW)
# All that `RefreshRecord.is_plain` asks, where no other request can come between.
ROTATE_PLAIN = Change(
    update(refresh_tokens)
    .where(
        *_IS_UNUSED,
        refresh_tokens.c.grant_id == _STANDING_GRANT.c.grant_id,
        # As in `grant_stands`: no condition that could be taken for a way to the row.
        case((refresh_tokens.c.expires_at > _NOW, true()), else_=false()),
    )
    .values(_TOKEN_IS_USED)
    .returning(
        *_SUCCESSOR_COLUMNS,
        refresh_tokens.c.created_at.label("token_created_at"),
        _STANDING_GRANT.c.grant_session_id.label("session_id"),
        *(column for column in _STANDING_GRANT.c if column.name != "grant_id"),
    ),
    NEW_SUCCESSOR,
    NewRow(audit_events, "event", decided=("tenant_id", "client_id", "account_id", "session_id")),
    answer=(
        "token_created_at",
        "expires_at",
        *(column.name for column in _STANDING_GRANT.c),
    ),
)

# Whose grant it is says the grant, so nothing is read before.
END_FAMILY = Change(
    update(grants)
    .where(
        grants.c.id
        == select(refresh_tokens.c.grant_id)
        .where(*_IS_THE_TOKEN, refresh_tokens.c.client_id == bindparam("client_id"))
        .scalar_subquery(),
        grants.c.expires_at > _NOW,
        grants.c.revoked_at.is_(None),
    )
    .values(revoked_at=_NOW, revoked_reason=bindparam("reason"))
    .returning(grants.c.account_id, grants.c.session_id),
    NewRow(audit_events, "event", decided=("account_id", "session_id")),
)


@cache
def rotate_token(*, access: bool) -> Change:
    """Use a token up and keep its successor."""
    steps: list[Step] = [NEW_SUCCESSOR, NewRow(audit_events, "event")]
    if access:
        steps.append(NewRow(access_tokens, "access"))
    return Change(TAKE_TOKEN, *steps, answer=("grant_id",))


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
        values = _rotation_values(rotation)
        if rotation.access_token is not None:
            values |= access_values(rotation.access_token, rotation.tenant_id)
        change = rotate_token(access=rotation.access_token is not None)
        return change.make(self._database, values) is not None

    def rotate_plain(self, rotation: Rotation) -> RefreshRecord | None:
        """Use the token up if nothing else must be asked: on PostgreSQL one round trip."""
        if self._database.is_sqlite:
            return self._rotate_plain_in_steps(rotation)
        row = ROTATE_PLAIN.make(self._database, _rotation_values(rotation))
        if row is None:
            return None
        return RefreshRecord(
            digest=rotation.digest,
            client_id=rotation.client_id,
            grant=read_grant(row, rotation.now),
            created_at=row.token_created_at,
            expires_at=row.expires_at,
        )

    def _rotate_plain_in_steps(self, rotation: Rotation) -> RefreshRecord | None:
        # SQLite returns no columns of other tables, and has no round trip to save.
        token = self.find(rotation.tenant_id, rotation.digest, rotation.now)
        if token is None or not token.is_plain(rotation.client_id, rotation.now):
            return None
        event = rotation.event.about(token.grant)
        return token if self.rotate(replace(rotation, event=event)) else None


def _rotation_values(rotation: Rotation) -> dict[str, Any]:
    return {
        **event_values(rotation.event),
        "tenant_id": rotation.tenant_id,
        "client_id": rotation.client_id,
        "digest": rotation.digest,
        "now": rotation.now,
        "successor_digest": rotation.successor_digest,
        "refresh_sealed_for_retry": rotation.successor_sealed,
    }
