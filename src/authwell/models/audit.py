"""Audit events: append only, one row in the transaction of the change it tells of."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, ClientId, Identifier, Json, table_of

_OF_ACCOUNT = text("account_id IS NOT NULL")


class AuditEvent(Base):
    """Who did what to whom. No foreign keys: an event outlives what it speaks of.

    PostgreSQL keeps a partition for each month, so that old ones can be dropped whole.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "tenant_id", "at"),
        Index(None, "account_id", "at", postgresql_where=_OF_ACCOUNT, sqlite_where=_OF_ACCOUNT),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    type: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str | None] = mapped_column(Identifier)
    client_id: Mapped[str | None] = mapped_column(ClientId)
    session_id: Mapped[str | None] = mapped_column(Identifier)
    actor: Mapped[str | None] = mapped_column(String(255))
    address: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(String(512))
    request_id: Mapped[str | None] = mapped_column(String(64))
    data: Mapped[dict[str, Any]] = mapped_column(Json)


audit_events = table_of(AuditEvent)
