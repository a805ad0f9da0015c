"""Counters of what may happen so often in a period only.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; the version before does not need it."""
    op.create_table(
        "counts",
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_counts")),
    )
    op.create_index(op.f("ix_counts_expires_at"), "counts", ["expires_at"])


def downgrade() -> None:
    """Begin to count anew."""
    op.drop_table("counts")
