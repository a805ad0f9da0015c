"""Sessions: an account's standing ones, and its last ones, are found however many have ended.

Revision: 0010
Follows: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make both indexes instead of the one that had all of an account."""
    op.create_index(op.f("ix_sessions_account_id_ended_at"), "sessions", ["account_id", "ended_at"])
    op.create_index(op.f("ix_sessions_account_id_id"), "sessions", ["account_id", "id"])
    op.drop_index(op.f("ix_sessions_account_id"), table_name="sessions")


def downgrade() -> None:
    """Make the one again."""
    op.create_index(op.f("ix_sessions_account_id"), "sessions", ["account_id"])
    op.drop_index(op.f("ix_sessions_account_id_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_account_id_ended_at"), table_name="sessions")
