"""What the clean-up erases is found: deleted accounts, and devices that were not seen for long.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DELETED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    """Make the indexes."""
    op.create_index(
        op.f("ix_accounts_deleted_at"),
        "accounts",
        ["deleted_at"],
        postgresql_where=DELETED,
        sqlite_where=DELETED,
    )
    op.create_index(op.f("ix_devices_last_seen_at"), "devices", ["last_seen_at"])


def downgrade() -> None:
    """Forget them."""
    op.drop_index(op.f("ix_devices_last_seen_at"), table_name="devices")
    op.drop_index(op.f("ix_accounts_deleted_at"), table_name="accounts")
