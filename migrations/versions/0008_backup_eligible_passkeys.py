"""Passkeys: whether they may be backed up, which never changes in one.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the flag; the version before registers no passkeys."""
    column = sa.Column(
        "is_backup_eligible", sa.Boolean(), nullable=False, server_default=sa.false()
    )
    with op.batch_alter_table("webauthn_credentials") as batch:
        batch.add_column(column)
    with op.batch_alter_table("webauthn_credentials") as batch:
        batch.alter_column("is_backup_eligible", server_default=None)


def downgrade() -> None:
    """Forget the flag."""
    with op.batch_alter_table("webauthn_credentials") as batch:
        batch.drop_column("is_backup_eligible")
