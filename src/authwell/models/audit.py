"""Audit events: append only, one row in the transaction of the change it tells of.

A job numbers and chains them afterwards (DESIGN.md section 4), so no request waits for another.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import LATER, Base, ClientId, Digest, Identifier, Json, table_of

_OF_ACCOUNT = text("account_id IS NOT NULL")
_UNLINKED = text("seq IS NULL")
_LINKED = text("seq IS NOT NULL")
NO_STEP = text(
    "type NOT IN ('code.redeemed', 'token.refreshed', 'access_token.revoked', 'tokens.issued',"
    " 'authorization.granted', 'mail.delivered', 'backchannel_logout.delivered',"
    " 'backchannel_logout.failed')"
)
"""What is not a step of applications' work, so that the index by type costs these nothing."""


class AuditEvent(Base):
    """Who did what to whom. No foreign keys: an event outlives what it speaks of.

    PostgreSQL keeps a partition for each month.
    """

    __tablename__ = "audit_events"
    __table_args__ = (
        Index(None, "tenant_id", "at"),
        Index(None, "account_id", "at", postgresql_where=_OF_ACCOUNT, sqlite_where=_OF_ACCOUNT),
        Index("ix_audit_events_unlinked", "id", postgresql_where=_UNLINKED, sqlite_where=_UNLINKED),
        Index(
            "ix_audit_events_linked",
            *("tenant_id", "seq"),
            postgresql_where=_LINKED,
            sqlite_where=_LINKED,
        ),
        Index(
            "ix_audit_events_type",
            *("tenant_id", "type", "at"),
            postgresql_where=NO_STEP,
            sqlite_where=NO_STEP,
        ),
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
    seq: Mapped[int | None] = mapped_column(BigInteger, info=LATER)
    """Its place in the tenant's chain, from 1; None until the job has come by."""
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(16), info=LATER)
    """Random, and in its digest, so that the digest of an erased event tells nothing."""
    hash: Mapped[bytes | None] = mapped_column(Digest, info=LATER)


class AuditChain(Base):
    """The two ends of a tenant's chain; the token signs both.

    `base_*` is the last event that retention has taken away; `kept_*` is the last checkpoint that
    was kept and shipped.
    """

    __tablename__ = "audit_chains"

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(Digest)
    base_seq: Mapped[int] = mapped_column(BigInteger)
    base_hash: Mapped[bytes] = mapped_column(Digest)
    is_signed: Mapped[bool] = mapped_column(Boolean)
    token: Mapped[str | None] = mapped_column(Text)
    kept_seq: Mapped[int] = mapped_column(BigInteger)
    kept_at: Mapped[datetime | None]
    kept_digest: Mapped[bytes | None] = mapped_column(Digest)
    updated_at: Mapped[datetime]


class AuditCheckpoint(Base):
    """A signed checkpoint that was kept; each names the one before by its digest."""

    __tablename__ = "audit_checkpoints"
    __table_args__ = (
        Index(
            "ix_audit_checkpoints_unshipped",
            "made_at",
            postgresql_where=text("shipped_at IS NULL"),
            sqlite_where=text("shipped_at IS NULL"),
        ),
    )

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    token: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]
    shipped_at: Mapped[datetime | None]


class AuditRedaction(Base):
    """What an erasure has changed in an event: its digest before, which is chained, and after."""

    __tablename__ = "audit_redactions"
    __table_args__ = (Index(None, "tenant_id", "erasure_id"),)

    event_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    erasure_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    """The event that tells of the erasure; its data has the digest of these rows."""
    tenant_id: Mapped[str] = mapped_column(Identifier)
    original: Mapped[bytes] = mapped_column(Digest)
    redacted: Mapped[bytes] = mapped_column(Digest)


audit_events = table_of(AuditEvent)
audit_chains = table_of(AuditChain)
audit_checkpoints = table_of(AuditCheckpoint)
audit_redactions = table_of(AuditRedaction)
