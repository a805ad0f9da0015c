"""Which session an entry of the outbox tells of.

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; entries of before tell of no session."""
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(sa.Column("session_id", sa.String(length=36), nullable=True))
        batch.create_index(op.f("ix_outbox_session_id"), ["session_id"])


def downgrade() -> None:
    """Drop it; logout tokens that wait are not sent any more by the version before."""
    op.execute("DELETE FROM outbox WHERE session_id IS NOT NULL")
    with op.batch_alter_table("outbox") as batch:
        batch.drop_index(op.f("ix_outbox_session_id"))
        batch.drop_column("session_id")
