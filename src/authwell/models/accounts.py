"""People: accounts and their credentials."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import (
    Base,
    Identifier,
    Json,
    Word,
    in_byte_order,
    of_the_same_tenant,
    table_of,
)

_DELETED = text("deleted_at IS NOT NULL")
_NOT_ACTIVE = text("status <> 'active'")
_PASSWORD = text("kind = 'password'")


class Account(Base):
    """A person in a tenant; the canonical name and e-mail are what must be unique.

    `pending` has registered and not yet shown that the e-mail address is theirs; `deleted` is
    kept until the retention ends. Only `active` can do anything.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'active', 'disabled', 'deleted')", name="status"),
        UniqueConstraint("tenant_id", "username_canonical"),
        UniqueConstraint("tenant_id", "email_canonical"),
        # Almost all are active, so only the others are worth an index.
        Index(
            None,
            "tenant_id",
            "status",
            "id",
            postgresql_where=_NOT_ACTIVE,
            sqlite_where=_NOT_ACTIVE,
        ),
        # What belongs to an account refers to both, so that it cannot be another tenant's.
        Index("uq_accounts_tenant_id_id", "tenant_id", "id", unique=True),
        Index(None, "deleted_at", postgresql_where=_DELETED, sqlite_where=_DELETED),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    username: Mapped[str] = mapped_column(String(255))
    username_canonical: Mapped[str] = mapped_column(in_byte_order(255))
    email: Mapped[str | None] = mapped_column(String(320))
    email_canonical: Mapped[str | None] = mapped_column(in_byte_order(320))
    email_verified: Mapped[bool]
    full_name: Mapped[str | None] = mapped_column(String(255))
    locale: Mapped[str | None] = mapped_column(String(35))
    """The language of mails (RFC 5646)."""
    claims: Mapped[dict[str, Any]] = mapped_column(Json)
    roles: Mapped[list[Any]] = mapped_column(Json)
    status: Mapped[str] = mapped_column(Word)
    not_before: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class Credential(Base):
    """Something an account can prove itself with; at most one password each."""

    __tablename__ = "credentials"
    __table_args__ = (
        of_the_same_tenant("account_id", "accounts"),
        Index(None, "account_id"),
        Index(
            "uq_credentials_password",
            "account_id",
            "kind",
            unique=True,
            postgresql_where=_PASSWORD,
            sqlite_where=_PASSWORD,
        ),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    account_id: Mapped[str] = mapped_column(Identifier)
    kind: Mapped[str] = mapped_column(Word)
    secret: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class LoginGuard(Base):
    """Of the version before, which counts here; `attempt_guards` took its place."""

    __tablename__ = "login_guards"
    __table_args__ = (of_the_same_tenant("account_id", "accounts"),)

    account_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier)
    failures: Mapped[int] = mapped_column(Integer)
    locked_until: Mapped[datetime | None]
    updated_at: Mapped[datetime]


accounts = table_of(Account)
credentials = table_of(Credential)
