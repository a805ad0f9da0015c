"""Integrations: other systems of a tenant that tell us of events (REQUIREMENTS.md J6 to J8)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Digest, Identifier, Json, Word, of_the_same_tenant, table_of


class Integration(Base):
    """Another system. Its key is kept as a digest, its signing secret sealed."""

    __tablename__ = "integrations"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index("uq_integrations_tenant_id_id", "tenant_id", "id", unique=True),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(Word)
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(String(1024))
    config: Mapped[dict[str, Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(Word)
    key_digest: Mapped[bytes] = mapped_column(Digest, unique=True)
    old_key_digest: Mapped[bytes | None] = mapped_column(Digest, unique=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_until: Mapped[datetime | None]
    """Until when the key and the secret before the present ones are good."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class ReceivedMessage(Base):
    """A message of an integration: it is taken once, however often it is sent."""

    __tablename__ = "received_messages"
    __table_args__ = (
        of_the_same_tenant("integration_id", "integrations"),
        Index(None, "received_at"),
        Index("ix_received_messages_log", "integration_id", "received_at", "message_id"),
    )

    integration_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    message_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    type: Mapped[str] = mapped_column(String(128))
    body_digest: Mapped[bytes] = mapped_column(Digest)
    """To tell a repetition from another message with its id."""
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    received_at: Mapped[datetime]


integrations = table_of(Integration)
received_messages = table_of(ReceivedMessage)
