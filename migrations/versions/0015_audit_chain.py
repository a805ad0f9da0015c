"""The chain of the audit log, its signed checkpoints, and what an erasure has changed in it.

Revision: 0015
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0016"
branch_labels = None
depends_on = None

UNLINKED = sa.text("seq IS NULL")
LINKED = sa.text("seq IS NOT NULL")
UNSHIPPED = sa.text("shipped_at IS NULL")
NO_STEP = sa.text(
    "type NOT IN ('code.redeemed', 'token.refreshed', 'access_token.revoked', 'tokens.issued',"
    " 'authorization.granted', 'mail.delivered', 'backchannel_logout.delivered',"
    " 'backchannel_logout.failed')"
)


def upgrade() -> None:
    """Events that are there already are chained by the job; the version before writes none."""
    op.add_column("audit_events", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.add_column("audit_events", sa.Column("salt", sa.LargeBinary(length=16), nullable=True))
    op.add_column("audit_events", sa.Column("hash", sa.LargeBinary(length=32), nullable=True))
    _index("ix_audit_events_unlinked", "audit_events", ["id"], UNLINKED)
    _index("ix_audit_events_linked", "audit_events", ["tenant_id", "seq"], LINKED)
    _index("ix_audit_events_type", "audit_events", ["tenant_id", "type", "at"], NO_STEP)
    _create_chains()
    _create_checkpoints()
    op.create_table(
        "audit_redactions",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("erasure_id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("original", sa.LargeBinary(length=32), nullable=False),
        sa.Column("redacted", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "erasure_id", name=op.f("pk_audit_redactions")),
    )
    op.create_index(
        op.f("ix_audit_redactions_tenant_id_erasure_id"),
        "audit_redactions",
        ["tenant_id", "erasure_id"],
    )


def downgrade() -> None:
    """Forget the chain; the events stay."""
    for table in ("audit_redactions", "audit_checkpoints", "audit_chains"):
        op.drop_table(table)
    for index in ("type", "linked", "unlinked"):
        op.drop_index(f"ix_audit_events_{index}", table_name="audit_events")
    for column in ("hash", "salt", "seq"):
        op.drop_column("audit_events", column)


def _index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, postgresql_where=where, sqlite_where=where)


def _create_chains() -> None:
    op.create_table(
        "audit_chains",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("base_seq", sa.BigInteger(), nullable=False),
        sa.Column("base_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.Column("kept_seq", sa.BigInteger(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_audit_chains")),
    )


def _create_checkpoints() -> None:
    op.create_table(
        "audit_checkpoints",
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "seq", name=op.f("pk_audit_checkpoints")),
    )
    _index("ix_audit_checkpoints_unshipped", "audit_checkpoints", ["made_at"], UNSHIPPED)
