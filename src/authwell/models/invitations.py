"""Invitations: somebody shall have an account, and proves the address by opening the letter."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Digest, Identifier, Json, of_the_same_tenant, table_of

_OPEN = text("accepted_at IS NULL AND withdrawn_at IS NULL")
_ACCEPTED = text("account_id IS NOT NULL")


class Invitation(Base):
    """An address that may make itself an account with these roles; the letter's token is a digest.

    One address has one open invitation in a tenant: the next one takes the place of the last.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        of_the_same_tenant("account_id", "accounts"),
        Index(
            "uq_invitations_open",
            "tenant_id",
            "email_canonical",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index(None, "tenant_id", "id"),
        Index(
            None,
            "tenant_id",
            "account_id",
            postgresql_where=_ACCEPTED,
            sqlite_where=_ACCEPTED,
        ),
        Index(None, "expires_at"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    digest: Mapped[bytes] = mapped_column(Digest, unique=True)
    email: Mapped[str] = mapped_column(String(320))
    email_canonical: Mapped[str] = mapped_column(String(320))
    roles: Mapped[list[Any]] = mapped_column(Json)
    locale: Mapped[str | None] = mapped_column(String(35))
    invited_by: Mapped[str] = mapped_column(String(255))
    """Who did it, as the audit log names them; a client for itself after `client:`."""
    inviter_id: Mapped[str | None] = mapped_column(Identifier)
    """Their account: what it gave ends with it. None: an operator, or a client."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    account_id: Mapped[str | None] = mapped_column(Identifier)
    """The account that was made of it."""


invitations = table_of(Invitation)
