"""Things that can be used once: codes, interactions, pushed requests, links in mails."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import (
    Base,
    ClientId,
    Digest,
    Identifier,
    Json,
    Word,
    of_the_same_tenant,
    table_of,
)

_WITH_GRANT = text("grant_id IS NOT NULL")
_WITH_ACCOUNT = text("account_id IS NOT NULL")


class Handle(Base):
    """A value that a holder presents once; `consumed_at` decides who was first."""

    __tablename__ = "handles"
    __table_args__ = (
        of_the_same_tenant("grant_id", "grants"),
        of_the_same_tenant("account_id", "accounts"),
        Index(None, "expires_at"),
        Index(None, "grant_id", postgresql_where=_WITH_GRANT, sqlite_where=_WITH_GRANT),
        Index(None, "account_id", postgresql_where=_WITH_ACCOUNT, sqlite_where=_WITH_ACCOUNT),
    )

    digest: Mapped[bytes] = mapped_column(Digest, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    kind: Mapped[str] = mapped_column(Word)
    client_id: Mapped[str | None] = mapped_column(ClientId)
    grant_id: Mapped[str | None] = mapped_column(Identifier)
    account_id: Mapped[str | None] = mapped_column(Identifier)
    """Whose link or challenge it is; a code's is its grant's."""
    browser_digest: Mapped[bytes | None] = mapped_column(Digest)
    proof_digest: Mapped[bytes | None] = mapped_column(Digest)
    """Of what must be presented with a code, where that is a redirect URI and a verifier."""
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    consumed_at: Mapped[datetime | None]
    failed_attempts: Mapped[int] = mapped_column(Integer)


handles = table_of(Handle)
