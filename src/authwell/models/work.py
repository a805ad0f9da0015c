"""Work to be done later: what leaves the house (outbox), jobs, and who may do it (leases)."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, Json, table_of

_OPEN = text("done_at IS NULL")
_DONE = text("done_at IS NOT NULL")


class OutboxEntry(Base):
    """A mail, webhook or logout token, written in the transaction of what caused it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "available_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_outbox_done", "done_at", postgresql_where=_DONE, sqlite_where=_DONE),
        Index(None, "session_id"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    kind: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[str | None] = mapped_column(Identifier)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer)
    claimed_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class Job(Base):
    """A task with a time from which it may run, on any instance."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_open", "run_at", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_jobs_done", "done_at", postgresql_where=_DONE, sqlite_where=_DONE),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer)
    claimed_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(Text)


class Lease(Base):
    """The right to do a periodic task, held by one process until it expires."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]


outbox = table_of(OutboxEntry)
jobs = table_of(Job)
leases = table_of(Lease)
