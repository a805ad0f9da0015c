"""Clients that register themselves, and initial access tokens.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNUSED = sa.text("used_at IS NULL")


def upgrade() -> None:
    """Make both tables; the version before needs neither."""
    _make_client_registrations()
    _make_initial_access_tokens()


def downgrade() -> None:
    """Forget who registered itself: those clients stay, as if an administrator had made them."""
    op.drop_table("initial_access_tokens")
    op.drop_table("client_registrations")


def _make_client_registrations() -> None:
    op.create_table(
        "client_registrations",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("origin", sa.String(length=32), nullable=False),
        sa.Column("initial_access_token_id", sa.String(length=36), nullable=True),
        sa.Column("scope_limit", sa.Text(), nullable=True),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "origin IN ('open', 'initial_access_token')",
            name=op.f("ck_client_registrations_origin"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["clients.tenant_id", "clients.client_id"],
            name=op.f("fk_client_registrations_tenant_id_client_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "client_id", name=op.f("pk_client_registrations")),
    )
    op.create_index(
        op.f("ix_client_registrations_created_at"),
        "client_registrations",
        ["created_at"],
        postgresql_where=UNUSED,
        sqlite_where=UNUSED,
    )


def _make_initial_access_tokens() -> None:
    op.create_table(
        "initial_access_tokens",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("description", sa.String(length=255), nullable=False),
        sa.Column("profile", sa.String(length=32), nullable=True),
        sa.Column("scope", sa.Text(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("uses_left", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_initial_access_tokens_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_initial_access_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_initial_access_tokens_digest")),
    )
    for column in ("tenant_id", "expires_at"):
        op.create_index(
            op.f(f"ix_initial_access_tokens_{column}"), "initial_access_tokens", [column]
        )
