"""Clients that registered themselves, and the tokens that allow it (RFC 7591, RFC 7592)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, ClientId, Digest, Identifier, Word, table_of

_UNUSED = text("used_at IS NULL")


class ClientRegistration(Base):
    """How a client came here by itself, and the digest of the token that it manages itself by.

    It goes with its client; a client of an administrator has none.
    """

    __tablename__ = "client_registrations"
    __table_args__ = (
        CheckConstraint("origin IN ('open', 'initial_access_token')", name="origin"),
        ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["clients.tenant_id", "clients.client_id"],
            ondelete="CASCADE",
        ),
        Index(None, "created_at", postgresql_where=_UNUSED, sqlite_where=_UNUSED),
    )

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    client_id: Mapped[str] = mapped_column(ClientId, primary_key=True)
    origin: Mapped[str] = mapped_column(Word)
    initial_access_token_id: Mapped[str | None] = mapped_column(Identifier)
    scope_limit: Mapped[str | None] = mapped_column(Text)
    token_digest: Mapped[bytes] = mapped_column(Digest)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class InitialAccessToken(Base):
    """What lets somebody register clients, so many times and for so long."""

    __tablename__ = "initial_access_tokens"
    __table_args__ = (Index(None, "tenant_id"), Index(None, "expires_at"))

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(Digest, unique=True)
    description: Mapped[str] = mapped_column(String(255))
    profile: Mapped[str | None] = mapped_column(Word)
    scope: Mapped[str | None] = mapped_column(Text)
    uses: Mapped[int]
    uses_left: Mapped[int]
    created_by: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


client_registrations = table_of(ClientRegistration)
initial_access_tokens = table_of(InitialAccessToken)
