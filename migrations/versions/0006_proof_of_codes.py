"""What must be presented with a code, as one digest.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a code that was issued before goes without."""
    op.add_column("handles", sa.Column("proof_digest", sa.LargeBinary(length=32), nullable=True))


def downgrade() -> None:
    """Forget the digests: the version before compares the code's data."""
    op.drop_column("handles", "proof_digest")
