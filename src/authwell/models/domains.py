"""Domains of tenants: whose e-mail addresses are whose people, and which hosts are whose."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, Word, table_of

_VERIFIED = text("verified_at IS NOT NULL")


class TenantDomain(Base):
    """A domain that a tenant says is its own; many may say so, one can have shown it."""

    __tablename__ = "tenant_domains"
    __table_args__ = (
        CheckConstraint("use IN ('email', 'host')", name="use"),
        UniqueConstraint("tenant_id", "use", "domain"),
        Index(
            "uq_tenant_domains_verified",
            "domain",
            "use",
            unique=True,
            postgresql_where=_VERIFIED,
            sqlite_where=_VERIFIED,
        ),
        Index(None, "tenant_id", "id"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    domain: Mapped[str] = mapped_column(String(253))
    """In lower case and ASCII (RFC 5891); a host may have a port where that is not 443."""
    use: Mapped[str] = mapped_column(Word)
    """`email`: addresses below it are of the tenant's people; `host`: the tenant is served there."""
    challenge: Mapped[str] = mapped_column(String(64))
    """What the domain must show; no secret, since anybody may look there."""
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]


tenant_domains = table_of(TenantDomain)
