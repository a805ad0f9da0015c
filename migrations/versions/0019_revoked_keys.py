"""Signing keys that others know: nothing that they signed is believed any more.

Revision: 0019
Follows: 0017b
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add when a key was revoked."""
    op.add_column("signing_keys", sa.Column("revoked_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Forget it: a revoked key is a retired one then, by which hints are verified."""
    op.drop_column("signing_keys", "revoked_at")
