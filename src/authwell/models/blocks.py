"""Blocks: addresses, accounts and clients that administrators have shut out for a while."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, Word, table_of


class Block(Base):
    """Something that a tenant does not answer as long as this row is there."""

    __tablename__ = "blocks"
    __table_args__ = (
        CheckConstraint("kind IN ('address', 'account', 'client')", name="kind"),
        UniqueConstraint("tenant_id", "kind", "value"),
        Index(None, "tenant_id", "id"),
        Index(None, "expires_at"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(Word)
    value: Mapped[str] = mapped_column(String(255))
    """A network such as `192.0.2.0/24`, the id of an account, or a `client_id`."""
    reason: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str] = mapped_column(String(255))
    """Who has set it, as the audit log names them."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """When it is lifted by itself; None: somebody has to do it."""


blocks = table_of(Block)
