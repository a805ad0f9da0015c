"""Keys that people give to their scripts (`X-API-Key`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Digest, Identifier, Json, of_the_same_tenant, table_of


class ApiKey(Base):
    """A key with scopes of its own; shown once and kept as its digest."""

    __tablename__ = "api_keys"
    __table_args__ = (of_the_same_tenant("account_id", "accounts"), Index(None, "account_id"))

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    account_id: Mapped[str] = mapped_column(Identifier)
    digest: Mapped[bytes] = mapped_column(Digest, unique=True)
    hint: Mapped[str] = mapped_column(String(16))
    """Its first letters, by which a person tells one from another."""
    name: Mapped[str] = mapped_column(String(255))
    scopes: Mapped[list[Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


api_keys = table_of(ApiKey)
