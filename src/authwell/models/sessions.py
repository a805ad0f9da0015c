"""Browser sessions, kept on the server, and the `sid` that each client knows one by."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
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

_ON_DEVICE = text("device_id IS NOT NULL")


class Session(Base):
    """A person logged in with a browser; the cookie's value is kept as its digest only."""

    __tablename__ = "sessions"
    __table_args__ = (
        of_the_same_tenant("account_id", "accounts"),
        Index("uq_sessions_tenant_id_id", "tenant_id", "id", unique=True),
        # Those that have ended are kept for a while, and may be many.
        Index(None, "account_id", "ended_at"),
        Index(None, "account_id", "id"),
        Index(None, "expires_at"),
        Index(None, "device_id", postgresql_where=_ON_DEVICE, sqlite_where=_ON_DEVICE),
    )

    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    id: Mapped[str] = mapped_column(Identifier, unique=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    account_id: Mapped[str] = mapped_column(Identifier)
    auth_time: Mapped[datetime]
    amr: Mapped[list[Any]] = mapped_column(Json)
    acr: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(String(512))
    device_id: Mapped[str | None] = mapped_column(
        Identifier, ForeignKey("devices.id", ondelete="SET NULL")
    )
    location: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """country, city, latitude and longitude, as far as a GeoIP file knows the address."""
    methods: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """When each method of `amr` was last shown in this session, as ISO 8601."""


class SessionClient(Base):
    """A client that took part in a session, and the `sid` of the session in its tokens."""

    __tablename__ = "session_clients"
    __table_args__ = (of_the_same_tenant("session_id", "sessions"),)

    session_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    client_id: Mapped[str] = mapped_column(ClientId, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    sid: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]


sessions = table_of(Session)
session_clients = table_of(SessionClient)
