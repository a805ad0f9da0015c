"""The guard of all doors: attempts without success, by what was tried and by whence."""

from datetime import datetime

from sqlalchemy import Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, of_the_same_tenant, table_of

_IS_LOCKED = text("locked_until IS NOT NULL")


class AttemptGuard(Base):
    """How often something was tried in a row: an account's password, its codes, an address."""

    __tablename__ = "attempt_guards"
    __table_args__ = (
        of_the_same_tenant("account_id", "accounts"),
        Index(None, "account_id"),
        Index(
            None,
            "tenant_id",
            "locked_until",
            "subject",
            postgresql_where=_IS_LOCKED,
            sqlite_where=_IS_LOCKED,
        ),
    )

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    subject: Mapped[str] = mapped_column(String(128), primary_key=True)
    """What is counted, such as `password/<account>` or `address/192.0.2.1`."""
    account_id: Mapped[str | None] = mapped_column(Identifier)
    failures: Mapped[int] = mapped_column(Integer)
    """Since `since`, or since the last lock."""
    in_a_row: Mapped[int] = mapped_column(Integer)
    """Since the last success, however long ago that was."""
    locks: Mapped[int] = mapped_column(Integer)
    """Since the last success; each takes longer than the one before."""
    since: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    locked_until: Mapped[datetime | None]


attempt_guards = table_of(AttemptGuard)
