"""Invitations, domains of tenants, and the key by which rows refer to an account and its tenant together.

Revision: 0017
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0013"
branch_labels = None
depends_on = None

OPEN = sa.text("accepted_at IS NULL AND withdrawn_at IS NULL")
ACCEPTED = sa.text("account_id IS NOT NULL")
VERIFIED = sa.text("verified_at IS NOT NULL")


def upgrade() -> None:
    """Make the tables."""
    op.drop_index(op.f("ix_accounts_tenant_id_id"), table_name="accounts")
    op.create_index("uq_accounts_tenant_id_id", "accounts", ["tenant_id", "id"], unique=True)
    op.create_table(
        "invitations",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_canonical", sa.String(length=320), nullable=False),
        sa.Column("roles", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=True),
        sa.Column("invited_by", sa.String(length=255), nullable=False),
        sa.Column("inviter_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("account_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_invitations_tenant_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["accounts.tenant_id", "accounts.id"],
            name=op.f("fk_invitations_tenant_id_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitations_digest")),
    )
    _make_indexes()
    _make_domains()


def downgrade() -> None:
    """Forget them."""
    op.drop_table("tenant_domains")
    op.drop_table("invitations")
    op.drop_index("uq_accounts_tenant_id_id", table_name="accounts")
    op.create_index(op.f("ix_accounts_tenant_id_id"), "accounts", ["tenant_id", "id"])


def _make_indexes() -> None:
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["tenant_id", "email_canonical"],
        unique=True,
        postgresql_where=OPEN,
        sqlite_where=OPEN,
    )
    op.create_index(op.f("ix_invitations_tenant_id_id"), "invitations", ["tenant_id", "id"])
    op.create_index(
        op.f("ix_invitations_tenant_id_account_id"),
        "invitations",
        ["tenant_id", "account_id"],
        postgresql_where=ACCEPTED,
        sqlite_where=ACCEPTED,
    )
    op.create_index(op.f("ix_invitations_expires_at"), "invitations", ["expires_at"])


def _make_domains() -> None:
    op.create_table(
        "tenant_domains",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("use", sa.String(length=32), nullable=False),
        sa.Column("challenge", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("use IN ('email', 'host')", name=op.f("ck_tenant_domains_use")),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
            name=op.f("fk_tenant_domains_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant_domains")),
        sa.UniqueConstraint(
            "tenant_id", "use", "domain", name=op.f("uq_tenant_domains_tenant_id_use_domain")
        ),
    )
    op.create_index(
        "uq_tenant_domains_verified",
        "tenant_domains",
        ["domain", "use"],
        unique=True,
        postgresql_where=VERIFIED,
        sqlite_where=VERIFIED,
    )
    op.create_index(op.f("ix_tenant_domains_tenant_id_id"), "tenant_domains", ["tenant_id", "id"])
