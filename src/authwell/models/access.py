"""What tokens can be for: scopes and resources (RFC 8707)."""

from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, Json, Word, table_of


class Scope(Base):
    """A scope that a tenant offers, with the sentence that the consent page shows."""

    __tablename__ = "scopes"

    tenant_id: Mapped[str] = mapped_column(
        Identifier, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    description: Mapped[str] = mapped_column(String(1024))


class Resource(Base):
    """A resource server: the scopes it owns and what its access tokens look like."""

    __tablename__ = "resources"

    tenant_id: Mapped[str] = mapped_column(
        Identifier, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    identifier: Mapped[str] = mapped_column(String(512), primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    scopes: Mapped[list[Any]] = mapped_column(Json)
    access_token_format: Mapped[str | None] = mapped_column(Word)
    access_token_signing_alg: Mapped[str | None] = mapped_column(Word)
    access_token_lifetime: Mapped[int | None] = mapped_column(Integer)
    introspection_clients: Mapped[list[Any]] = mapped_column(Json)


scopes = table_of(Scope)
resources = table_of(Resource)
