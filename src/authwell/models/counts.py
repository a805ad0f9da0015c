"""How often something happened in a period, where no process may count for itself."""

from datetime import datetime

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Digest, table_of


class Count(Base):
    """One period of one counter; the key is a digest of both, so that it names nobody."""

    __tablename__ = "counts"
    __table_args__ = (Index(None, "expires_at"),)

    key: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    number: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime]


counts = table_of(Count)
