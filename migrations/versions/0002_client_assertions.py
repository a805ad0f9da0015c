"""Used assertions, and client secrets that can be read again.

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = "kind IN ('hmac', 'argon2')"
KINDS_WITH_SEALED = "kind IN ('hmac', 'argon2', 'sealed')"


def upgrade() -> None:
    """Make the table of used assertions and allow sealed secrets."""
    op.create_table(
        "replay",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key", name=op.f("pk_replay")),
    )
    op.create_index(op.f("ix_replay_expires_at"), "replay", ["expires_at"])
    _set_kinds(KINDS_WITH_SEALED)


def downgrade() -> None:
    """Forget used assertions and sealed secrets: the version before cannot read these."""
    op.execute("DELETE FROM client_secrets WHERE kind = 'sealed'")
    _set_kinds(KINDS)
    op.drop_table("replay")


def _set_kinds(condition: str) -> None:
    name = op.f("ck_client_secrets_kind")
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint(name, "client_secrets", type_="check")
        op.create_check_constraint(name, "client_secrets", condition)
        return
    # SQLite changes a constraint by making the table anew; its checks cannot be reflected.
    batch = op.batch_alter_table(
        "client_secrets",
        recreate="always",
        copy_from=_client_secrets(sa.CheckConstraint(condition, name=name)),
    )
    with batch:
        pass


def _client_secrets(kinds: sa.CheckConstraint) -> sa.Table:
    return sa.Table(
        "client_secrets",
        sa.MetaData(),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("client_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        kinds,
        sa.ForeignKeyConstraint(
            ["tenant_id", "client_id"],
            ["clients.tenant_id", "clients.client_id"],
            name=op.f("fk_client_secrets_tenant_id_client_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_secrets")),
        sa.Index(op.f("ix_client_secrets_expires_at"), "expires_at"),
        sa.Index(op.f("ix_client_secrets_tenant_id_client_id"), "tenant_id", "client_id"),
    )
