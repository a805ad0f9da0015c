"""Groups of people, and the roles that come with belonging to one."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from authwell.models.base import Base, Identifier, table_of


class Group(Base):
    """A named set of accounts."""

    __tablename__ = "groups"
    __table_args__ = (UniqueConstraint("tenant_id", "name"), UniqueConstraint("tenant_id", "id"))

    id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    tenant_id: Mapped[str] = mapped_column(Identifier, ForeignKey("tenants.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    description: Mapped[str] = mapped_column(String(1024))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class GroupMember(Base):
    """An account belongs to a group."""

    __tablename__ = "group_members"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "account_id"], ["accounts.tenant_id", "accounts.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["tenant_id", "group_id"], ["groups.tenant_id", "groups.id"], ondelete="CASCADE"
        ),
        Index(None, "tenant_id", "account_id"),
    )

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    group_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    account_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    created_at: Mapped[datetime]


class GroupRole(Base):
    """Who belongs to a group has a role."""

    __tablename__ = "group_roles"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "group_id"], ["groups.tenant_id", "groups.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["tenant_id", "role_id"], ["roles.tenant_id", "roles.id"]),
        Index(None, "tenant_id", "role_id"),
    )

    tenant_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    group_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    role_id: Mapped[str] = mapped_column(Identifier, primary_key=True)


groups = table_of(Group)
group_members = table_of(GroupMember)
group_roles = table_of(GroupRole)
