"""Signing keys with their states: next, active, retiring, retired."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, Json, Word, table_of


def _one_in_state(state: str) -> Index:
    """N workers may start at once: the database lets one of them make the key."""
    condition = text(f"state = '{state}'")
    return Index(
        f"uq_signing_keys_{state}",
        "tenant_id",
        "use",
        "alg",
        unique=True,
        postgresql_where=condition,
        sqlite_where=condition,
    )


class SigningKey(Base):
    """A key pair; the private part is sealed under the key encryption key."""

    __tablename__ = "signing_keys"
    __table_args__ = (
        CheckConstraint("state IN ('next', 'active', 'retiring', 'retired')", name="state"),
        _one_in_state("active"),
        _one_in_state("next"),
    )

    tenant_id: Mapped[str] = mapped_column(
        Identifier, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    kid: Mapped[str] = mapped_column(String(128), primary_key=True)
    use: Mapped[str] = mapped_column(Word)
    alg: Mapped[str] = mapped_column(Word)
    state: Mapped[str] = mapped_column(Word)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(Json)
    private_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    activates_at: Mapped[datetime | None]
    activated_at: Mapped[datetime | None]
    retiring_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    """Others know it: nothing that it signed is believed any more."""


signing_keys = table_of(SigningKey)
