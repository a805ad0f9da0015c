"""Tokens that have rows: refresh tokens, opaque access tokens, revoked JWTs, used assertions."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import (
    Base,
    ClientId,
    Digest,
    Identifier,
    Json,
    of_the_same_tenant,
    table_of,
)

_MAY_BE_RETRIED = text("sealed_for_retry IS NOT NULL")
_WITH_GRANT = text("grant_id IS NOT NULL")


class RefreshToken(Base):
    """A link of a family's chain. A used one stays, so that a second use is seen."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        of_the_same_tenant("grant_id", "grants"),
        Index(None, "grant_id"),
        Index(None, "expires_at"),
        Index(
            "ix_refresh_tokens_retries",
            "grant_id",
            postgresql_where=_MAY_BE_RETRIED,
            sqlite_where=_MAY_BE_RETRIED,
        ),
    )

    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    client_id: Mapped[str] = mapped_column(ClientId)
    grant_id: Mapped[str] = mapped_column(Identifier)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    successor_digest: Mapped[bytes | None] = mapped_column(Digest)
    sealed_for_retry: Mapped[bytes | None] = mapped_column(LargeBinary)
    """This token itself, for whoever presents its predecessor again, until it is used."""


class AccessToken(Base):
    """An opaque access token; a JWT has no row."""

    __tablename__ = "access_tokens"
    __table_args__ = (
        of_the_same_tenant("grant_id", "grants"),
        Index(None, "grant_id", postgresql_where=_WITH_GRANT, sqlite_where=_WITH_GRANT),
        Index(None, "expires_at"),
    )

    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    client_id: Mapped[str] = mapped_column(ClientId)
    grant_id: Mapped[str | None] = mapped_column(Identifier)
    scope: Mapped[str] = mapped_column(Text)
    audience: Mapped[list[Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class DeniedJti(Base):
    """A JWT access token that was revoked, until it would have expired anyway."""

    __tablename__ = "denied_jtis"
    __table_args__ = (Index(None, "expires_at"),)

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    jti: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]


class Replay(Base):
    """What was used and must not be used again, until nobody could present it any more."""

    __tablename__ = "replay"
    __table_args__ = (Index(None, "expires_at"),)

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    key: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    expires_at: Mapped[datetime]


refresh_tokens = table_of(RefreshToken)
access_tokens = table_of(AccessToken)
denied_jtis = table_of(DeniedJti)
replay = table_of(Replay)
