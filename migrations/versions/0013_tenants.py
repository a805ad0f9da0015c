"""Tenants are suspended or deleted; of a deleted one the row stays, so that nobody takes its name.

Revision: 0013
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0015"
branch_labels = None
depends_on = None

STATUSES = "status IN ('active', 'suspended', 'deleted')"
STATUSES_BEFORE = "status IN ('active', 'disabled')"
BOTH = "status IN ('active', 'disabled', 'suspended', 'deleted')"


def upgrade() -> None:
    """Rename the status that nothing has set so far, and make the column."""
    _set_statuses(BOTH)
    op.execute("UPDATE tenants SET status = 'suspended' WHERE status = 'disabled'")
    _set_statuses(STATUSES)
    op.add_column("tenants", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget the column; who is deleted stays shut out."""
    op.drop_column("tenants", "erased_at")
    _set_statuses(BOTH)
    op.execute("UPDATE tenants SET status = 'disabled' WHERE status <> 'active'")
    _set_statuses(STATUSES_BEFORE)


def _set_statuses(condition: str) -> None:
    name = op.f("ck_tenants_status")
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint(name, "tenants", type_="check")
        op.create_check_constraint(name, "tenants", condition)
        return
    # SQLite changes a constraint by making the table anew; its checks cannot be reflected.
    batch = op.batch_alter_table(
        "tenants",
        recreate="always",
        copy_from=_tenants(sa.CheckConstraint(condition, name=name)),
    )
    with batch:
        pass


def _tenants(statuses: sa.CheckConstraint) -> sa.Table:
    return sa.Table(
        "tenants",
        sa.MetaData(),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("issuer", sa.String(length=512), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("policy", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pairwise_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        statuses,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenants")),
        sa.UniqueConstraint("issuer", name=op.f("uq_tenants_issuer")),
        sa.UniqueConstraint("slug", name=op.f("uq_tenants_slug")),
    )
