"""What a person allowed a client: remembered consent, and the grant that tokens hang on."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import (
    Base,
    ClientId,
    Identifier,
    Json,
    Word,
    of_the_same_tenant,
    table_of,
)

_IN_SESSION = text("session_id IS NOT NULL")
_OF_ACCOUNT = text("account_id IS NOT NULL")


def _of_a_client() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["tenant_id", "client_id"], ["clients.tenant_id", "clients.client_id"], ondelete="CASCADE"
    )


class Consent(Base):
    """The scopes and resources that a person need not be asked for again."""

    __tablename__ = "consents"
    __table_args__ = (
        of_the_same_tenant("account_id", "accounts"),
        _of_a_client(),
        Index(None, "account_id"),
        Index(None, "tenant_id", "client_id"),
    )

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    account_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    client_id: Mapped[str] = mapped_column(ClientId, primary_key=True)
    scope: Mapped[str] = mapped_column(Text)
    resources: Mapped[list[Any]] = mapped_column(Json)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Grant(Base):
    """One authorization. Each of its tokens lives as long as it does: revoking is one row."""

    __tablename__ = "grants"
    __table_args__ = (
        of_the_same_tenant("account_id", "accounts"),
        Index("uq_grants_tenant_id_id", "tenant_id", "id", unique=True),
        _of_a_client(),
        Index(None, "tenant_id", "client_id"),
        Index(None, "account_id", postgresql_where=_OF_ACCOUNT, sqlite_where=_OF_ACCOUNT),
        Index(None, "session_id", postgresql_where=_IN_SESSION, sqlite_where=_IN_SESSION),
        Index(None, "expires_at"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    client_id: Mapped[str] = mapped_column(ClientId)
    account_id: Mapped[str | None] = mapped_column(Identifier)
    session_id: Mapped[str | None] = mapped_column(Identifier)
    sid: Mapped[str | None] = mapped_column(String(64))
    scope: Mapped[str] = mapped_column(Text)
    resources: Mapped[list[Any]] = mapped_column(Json)
    claims: Mapped[dict[str, Any] | None] = mapped_column(Json)
    auth_time: Mapped[datetime | None]
    amr: Mapped[list[Any]] = mapped_column(Json)
    acr: Mapped[str | None] = mapped_column(String(255))
    offline: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None] = mapped_column(Word)


consents = table_of(Consent)
grants = table_of(Grant)
