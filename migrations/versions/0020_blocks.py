"""Blocks that administrators set, and an order of what failed attempts have locked.

Revision: 0020
Follows: 0016b
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0016b"
branch_labels = None
depends_on = None

IS_LOCKED = sa.text("locked_until IS NOT NULL")


def upgrade() -> None:
    """Make the table, and the index that the list of locks is read by."""
    op.create_table(
        "blocks",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("value", sa.String(255), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("kind IN ('address', 'account', 'client')", name=op.f("ck_blocks_kind")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_blocks_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blocks")),
        sa.UniqueConstraint(
            "tenant_id", "kind", "value", name=op.f("uq_blocks_tenant_id_kind_value")
        ),
    )
    op.create_index(op.f("ix_blocks_tenant_id_id"), "blocks", ["tenant_id", "id"])
    op.create_index(op.f("ix_blocks_expires_at"), "blocks", ["expires_at"])
    op.create_index(
        op.f("ix_attempt_guards_tenant_id_locked_until_subject"),
        "attempt_guards",
        ["tenant_id", "locked_until", "subject"],
        postgresql_where=IS_LOCKED,
        sqlite_where=IS_LOCKED,
    )


def downgrade() -> None:
    """Forget all blocks; what they shut out comes in again."""
    op.drop_index(
        op.f("ix_attempt_guards_tenant_id_locked_until_subject"), table_name="attempt_guards"
    )
    op.drop_table("blocks")
