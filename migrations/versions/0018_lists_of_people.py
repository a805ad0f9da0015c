"""Lists of a tenant's people and sessions are read in the order of an index, from any page on.

Canonical names are compared byte by byte, so that the index of their uniqueness also finds what
begins with a text, and sorts alike on both databases.

Revision: 0018
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0012"
branch_labels = None
depends_on = None

NOT_ACTIVE = sa.text("status <> 'active'")
CANONICAL = (("username_canonical", 255), ("email_canonical", 320))


def upgrade() -> None:
    """Make the indexes, and compare names by bytes."""
    op.create_index(op.f("ix_sessions_tenant_id_id"), "sessions", ["tenant_id", "id"])
    op.create_index(op.f("ix_accounts_tenant_id_id"), "accounts", ["tenant_id", "id"])
    op.create_index(
        op.f("ix_accounts_tenant_id_status_id"),
        "accounts",
        ["tenant_id", "status", "id"],
        postgresql_where=NOT_ACTIVE,
        sqlite_where=NOT_ACTIVE,
    )
    _compare_names("C")


def downgrade() -> None:
    """Undo it."""
    _compare_names("default")
    op.drop_index(op.f("ix_accounts_tenant_id_status_id"), table_name="accounts")
    op.drop_index(op.f("ix_accounts_tenant_id_id"), table_name="accounts")
    op.drop_index(op.f("ix_sessions_tenant_id_id"), table_name="sessions")


def _compare_names(collation: str) -> None:
    """SQLite compares by bytes anyway; PostgreSQL makes the indexes anew, not the table."""
    if op.get_context().dialect.name == "postgresql":
        types = ", ".join(
            f'ALTER COLUMN {name} TYPE varchar({length}) COLLATE "{collation}"'
            for name, length in CANONICAL
        )
        op.execute(f"ALTER TABLE accounts {types}")
