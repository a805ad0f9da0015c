"""Webhooks of a tenant: where events go, and each delivery of one."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, Json, Word, of_the_same_tenant, table_of

_OPEN = text("done_at IS NULL")
_DONE = text("done_at IS NOT NULL")


class WebhookEndpoint(Base):
    """A receiver of events. Its secrets are sealed, because messages are signed with them."""

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        Index("uq_webhook_endpoints_tenant_id_id", "tenant_id", "id", unique=True),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    url: Mapped[str] = mapped_column(String(2048))
    description: Mapped[str] = mapped_column(String(1024))
    event_types: Mapped[list[Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(Word)
    problem: Mapped[str | None] = mapped_column(String(255))
    """Why the server itself has disabled it."""
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    active_since: Mapped[datetime]
    """Events before that are not sent."""
    failures: Mapped[int] = mapped_column(Integer)
    """In a row."""
    rests_until: Mapped[datetime | None]
    served_at: Mapped[datetime | None]


class WebhookDelivery(Base):
    """An event on its way to one endpoint; the row stays for a while as the log of deliveries."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        of_the_same_tenant("endpoint_id", "webhook_endpoints"),
        UniqueConstraint("endpoint_id", "event_id"),
        Index(None, "event_id"),
        Index("ix_webhook_deliveries_log", "endpoint_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_due",
            "endpoint_id",
            "available_at",
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index(
            "ix_webhook_deliveries_open",
            "endpoint_id",
            "subject",
            "event_id",
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index(
            "ix_webhook_deliveries_claimed",
            "tenant_id",
            "claimed_until",
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index(
            "ix_webhook_deliveries_done",
            "done_at",
            postgresql_where=_DONE,
            sqlite_where=_DONE,
        ),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    endpoint_id: Mapped[str] = mapped_column(Identifier)
    event_id: Mapped[str] = mapped_column(Identifier)
    """The id of the message, by which its receiver knows it again."""
    event_type: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(255))
    """What the event is about; of one subject an endpoint gets events in their order."""
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    begun_at: Mapped[datetime]
    """Later than `created_at` for what was sent again."""
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer)
    claimed_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(512))
    last_status: Mapped[int | None] = mapped_column(Integer)
    """Of HTTP. Nothing else of an answer is kept."""
    last_attempt_at: Mapped[datetime | None]


class WebhookCursor(Base):
    """Up to when a tenant's events were looked through for its endpoints."""

    __tablename__ = "webhook_cursors"

    tenant_id: Mapped[str] = mapped_column(
        Identifier, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    looked_until: Mapped[datetime]


webhook_endpoints = table_of(WebhookEndpoint)
webhook_deliveries = table_of(WebhookDelivery)
webhook_cursors = table_of(WebhookCursor)
