"""Who may do what: resource types, permissions, roles, and who was given them.

Every reference within a tenant names the tenant too, so the database itself keeps two tenants
apart (THREATS.md TN-01).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, Json, Word, table_of

_OF_ALL = text("resource_id IS NULL")
_OF_ONE = text("resource_id IS NOT NULL")


class ResourceType(Base):
    """A kind of thing that permissions are about, such as `document`."""

    __tablename__ = "resource_types"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(64))
    description: Mapped[str] = mapped_column(String(1024))
    built_in: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Permission(Base):
    """What may be done with a resource type; written `document:read`."""

    __tablename__ = "permissions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "resource_type", "action"),
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "resource_type"], ["resource_types.tenant_id", "resource_types.name"]
        ),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    resource_type: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(Word)
    description: Mapped[str] = mapped_column(String(1024))
    built_in: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Role(Base):
    """A named set of permissions, with those of its parents."""

    __tablename__ = "roles"
    __table_args__ = (Index("uq_roles_tenant_id_id", "tenant_id", "id", unique=True),)

    tenant_id: Mapped[str] = mapped_column(
        Identifier, ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(255), primary_key=True)
    id: Mapped[str] = mapped_column(Identifier)
    permissions: Mapped[list[Any]] = mapped_column(Json)
    """Of the version before, which reads it here; `role_permissions` took its place."""
    description: Mapped[str] = mapped_column(String(1024))
    built_in: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class RolePermission(Base):
    """A role has a permission."""

    __tablename__ = "role_permissions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "role_id"], ["roles.tenant_id", "roles.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "permission_id"],
            ["permissions.tenant_id", "permissions.id"],
            ondelete="CASCADE",
        ),
        Index(None, "tenant_id", "permission_id"),
    )

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    role_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    permission_id: Mapped[str] = mapped_column(Identifier, primary_key=True)


class RoleParent(Base):
    """A role has all that another has."""

    __tablename__ = "role_parents"
    __table_args__ = (
        CheckConstraint("role_id <> parent_id", name="another"),
        ForeignKeyConstraint(
            ["tenant_id", "role_id"], ["roles.tenant_id", "roles.id"], ondelete="CASCADE"
        ),
        # Whoever deletes a role that others have as a parent is told so.
        ForeignKeyConstraint(["tenant_id", "parent_id"], ["roles.tenant_id", "roles.id"]),
        Index(None, "tenant_id", "parent_id"),
    )

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    role_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    parent_id: Mapped[str] = mapped_column(Identifier, primary_key=True)


class UserRole(Base):
    """An account has a role; `accounts.roles` has its name, written in the same transaction."""

    __tablename__ = "user_roles"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.id"], ondelete="CASCADE"
        ),
        # No cascade: a role that somebody has is taken away first.
        ForeignKeyConstraint(["tenant_id", "role_id"], ["roles.tenant_id", "roles.id"]),
        Index(None, "tenant_id", "role_id", "account_id"),
    )

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    account_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    role_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    created_at: Mapped[datetime]


class ResourceGrant(Base):
    """An account has a permission for one resource, or for all of its type (NULL)."""

    __tablename__ = "resource_grants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "permission_id"], ["permissions.tenant_id", "permissions.id"]
        ),
        Index(
            "uq_resource_grants_of_one",
            *("tenant_id", "account_id", "permission_id", "resource_id"),
            unique=True,
            postgresql_where=_OF_ONE,
            sqlite_where=_OF_ONE,
        ),
        Index(
            "uq_resource_grants_of_all",
            *("tenant_id", "account_id", "permission_id"),
            unique=True,
            postgresql_where=_OF_ALL,
            sqlite_where=_OF_ALL,
        ),
        Index(None, "tenant_id", "account_id"),
        Index(None, "tenant_id", "permission_id"),
    )

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    account_id: Mapped[str] = mapped_column(Identifier)
    permission_id: Mapped[str] = mapped_column(Identifier)
    resource_id: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime]


resource_types = table_of(ResourceType)
permissions = table_of(Permission)
roles = table_of(Role)
role_permissions = table_of(RolePermission)
role_parents = table_of(RoleParent)
user_roles = table_of(UserRole)
resource_grants = table_of(ResourceGrant)
