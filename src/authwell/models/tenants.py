"""Tenants, each with an issuer of its own, and the stamp that tells caches of a change."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, Json, Word, table_of


class Tenant(Base):
    """An issuer with its policy; tokens issued before `not_before` are dead."""

    __tablename__ = "tenants"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended', 'deleted')", name="status"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    issuer: Mapped[str] = mapped_column(String(512), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    policy: Mapped[dict[str, Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(Word)
    not_before: Mapped[datetime | None]
    pairwise_sealed: Mapped[bytes | None]
    """The key of pairwise subjects, sealed; made at the first start and never changed."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    """When nothing was left of a deleted one but this row, which keeps its slug and issuer."""


class ConfigStamp(Base):
    """A number that grows with each change of a tenant's configuration."""

    __tablename__ = "config_stamps"

    tenant_id: Mapped[str] = mapped_column(
        Identifier, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    stamp: Mapped[int] = mapped_column(BigInteger)
    access_stamp: Mapped[int] = mapped_column(BigInteger)
    """The same for who may do what: roles, permissions, groups and their holders."""
    updated_at: Mapped[datetime]


tenants = table_of(Tenant)
config_stamps = table_of(ConfigStamp)
