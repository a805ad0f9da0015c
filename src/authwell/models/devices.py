"""Browsers that a person has logged in with before."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Digest, Identifier, of_the_same_tenant, table_of


class Device(Base):
    """A browser that an account has logged in with, known by a cookie of its own."""

    __tablename__ = "devices"
    __table_args__ = (
        of_the_same_tenant("account_id", "accounts"),
        Index(None, "account_id"),
        Index(None, "last_seen_at"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    account_id: Mapped[str] = mapped_column(Identifier)
    digest: Mapped[bytes] = mapped_column(Digest, unique=True)
    """Of the cookie's value and the account: one browser is a device of each of its people."""
    name: Mapped[str] = mapped_column(String(255))
    """Browser and system, such as "Firefox on Linux"."""
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    trusted_until: Mapped[datetime | None]
    """Until when the second factor is not asked for again here."""
    revoked_at: Mapped[datetime | None]


devices = table_of(Device)
