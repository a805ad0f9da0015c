"""One guard for all doors: attempts by account and by address.

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Whoever is locked stays so. `login_guards` stays too: the version before counts in it.
KEEP_LOCKS = """
INSERT INTO attempt_guards
  (tenant_id, subject, account_id, failures, in_a_row, locks, since, locked_at, locked_until)
SELECT tenant_id, 'password/' || account_id, account_id, failures, failures, 1,
  updated_at, updated_at, locked_until
FROM login_guards WHERE locked_until IS NOT NULL
"""


def upgrade() -> None:
    """Make the table, with the locks that stand."""
    op.create_table(
        "attempt_guards",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("in_a_row", sa.Integer(), nullable=False),
        sa.Column("locks", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_attempt_guards_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "subject", name=op.f("pk_attempt_guards")),
    )
    op.create_index(op.f("ix_attempt_guards_account_id"), "attempt_guards", ["account_id"])
    op.execute(KEEP_LOCKS)


def downgrade() -> None:
    """Forget what was counted."""
    op.drop_table("attempt_guards")
