"""Clients (RFC 7591 metadata) and their secrets."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, ClientId, Identifier, Json, Word, table_of


class Client(Base):
    """A registered client; its metadata has the member names of RFC 7591 section 2."""

    __tablename__ = "clients"
    __table_args__ = (CheckConstraint("status IN ('active', 'disabled')", name="status"),)

    tenant_id: Mapped[str] = mapped_column(
        Identifier, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    client_id: Mapped[str] = mapped_column(ClientId, primary_key=True)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", Json)
    status: Mapped[str] = mapped_column(Word)
    not_before: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ClientSecret(Base):
    """One way to check a client's secret; two live ones make a rotation."""

    __tablename__ = "client_secrets"
    __table_args__ = (
        CheckConstraint("kind IN ('hmac', 'argon2', 'sealed')", name="kind"),
        ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["clients.tenant_id", "clients.client_id"],
            ondelete="CASCADE",
        ),
        Index(None, "tenant_id", "client_id"),
        Index(None, "expires_at"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    client_id: Mapped[str] = mapped_column(ClientId)
    kind: Mapped[str] = mapped_column(Word)
    value: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


clients = table_of(Client)
client_secrets = table_of(ClientSecret)
