"""The key of each tenant's pairwise subjects.

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column; the first start fills it."""
    op.add_column("tenants", sa.Column("pairwise_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Forget the keys: pairwise subjects would be others afterwards."""
    op.drop_column("tenants", "pairwise_sealed")
