"""People: links by mail, further factors, devices, API keys, and accounts that wait or are deleted.

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WITH_ACCOUNT = sa.text("account_id IS NOT NULL")
ON_DEVICE = sa.text("device_id IS NOT NULL")
STATUSES = "status IN ('pending', 'active', 'disabled', 'deleted')"
STATUSES_BEFORE = "status IN ('active', 'disabled')"
NEW_TABLES = ("api_keys", "webauthn_credentials", "backup_codes", "totp_factors", "devices")


def upgrade() -> None:
    """Make the tables and columns; the version before leaves them empty."""
    _make_devices()
    _make_totp_factors()
    _make_backup_codes()
    _make_webauthn_credentials()
    _make_api_keys()
    _extend_handles()
    _extend_sessions()
    _set_statuses(STATUSES)
    op.add_column("accounts", sa.Column("locale", sa.String(length=35), nullable=True))
    op.add_column("accounts", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Forget all of it; who waits or is deleted stays shut out."""
    op.execute("UPDATE accounts SET status = 'disabled' WHERE status IN ('pending', 'deleted')")
    op.drop_column("accounts", "deleted_at")
    op.drop_column("accounts", "locale")
    _set_statuses(STATUSES_BEFORE)
    with op.batch_alter_table("sessions") as batch:
        batch.drop_index(op.f("ix_sessions_device_id"))
        batch.drop_constraint(op.f("fk_sessions_device_id"), type_="foreignkey")
        batch.drop_column("methods")
        batch.drop_column("location")
        batch.drop_column("device_id")
    op.execute("DELETE FROM handles WHERE account_id IS NOT NULL")
    with op.batch_alter_table("handles") as batch:
        batch.drop_index(op.f("ix_handles_account_id"))
        batch.drop_constraint(op.f("fk_handles_account_id"), type_="foreignkey")
        batch.drop_column("account_id")
    for table in NEW_TABLES:
        op.drop_table(table)


def _extend_handles() -> None:
    with op.batch_alter_table("handles") as batch:
        batch.add_column(sa.Column("account_id", sa.String(length=36), nullable=True))
        batch.create_foreign_key(
            op.f("fk_handles_account_id"), "accounts", ["account_id"], ["id"], ondelete="CASCADE"
        )
        batch.create_index(
            op.f("ix_handles_account_id"),
            ["account_id"],
            postgresql_where=WITH_ACCOUNT,
            sqlite_where=WITH_ACCOUNT,
        )


def _extend_sessions() -> None:
    with op.batch_alter_table("sessions") as batch:
        batch.add_column(sa.Column("device_id", sa.String(length=36), nullable=True))
        batch.add_column(sa.Column("location", sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column("methods", sa.JSON(none_as_null=True), nullable=True))
        batch.create_foreign_key(
            op.f("fk_sessions_device_id"), "devices", ["device_id"], ["id"], ondelete="SET NULL"
        )
        batch.create_index(
            op.f("ix_sessions_device_id"),
            ["device_id"],
            postgresql_where=ON_DEVICE,
            sqlite_where=ON_DEVICE,
        )


def _set_statuses(condition: str) -> None:
    name = op.f("ck_accounts_status")
    if op.get_context().dialect.name != "sqlite":
        op.drop_constraint(name, "accounts", type_="check")
        op.create_check_constraint(name, "accounts", condition)
        return
    # SQLite changes a constraint by making the table anew; its checks cannot be reflected.
    batch = op.batch_alter_table(
        "accounts",
        recreate="always",
        copy_from=_accounts(sa.CheckConstraint(condition, name=name)),
    )
    with batch:
        pass


def _accounts(statuses: sa.CheckConstraint) -> sa.Table:
    return sa.Table(
        "accounts",
        sa.MetaData(),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("username", sa.String(length=255), nullable=False),
        sa.Column("username_canonical", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=True),
        sa.Column("email_canonical", sa.String(length=320), nullable=True),
        sa.Column("email_verified", sa.Boolean(), nullable=False),
        sa.Column("full_name", sa.String(length=255), nullable=True),
        sa.Column("claims", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("roles", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        statuses,
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_accounts_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint(
            "tenant_id", "email_canonical", name=op.f("uq_accounts_tenant_id_email_canonical")
        ),
        sa.UniqueConstraint(
            "tenant_id", "username_canonical", name=op.f("uq_accounts_tenant_id_username_canonical")
        ),
    )


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["account_id"], ["accounts.id"], name=op.f(f"fk_{table}_account_id"), ondelete="CASCADE"
    )


def _make_devices() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trusted_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        _of_account("devices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("digest", name=op.f("uq_devices_digest")),
    )
    op.create_index(op.f("ix_devices_account_id"), "devices", ["account_id"])


def _make_totp_factors() -> None:
    op.create_table(
        "totp_factors",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        _of_account("totp_factors"),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_totp_factors")),
    )


def _make_backup_codes() -> None:
    op.create_table(
        "backup_codes",
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        _of_account("backup_codes"),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_backup_codes")),
    )


def _make_webauthn_credentials() -> None:
    op.create_table(
        "webauthn_credentials",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("aaguid", sa.String(length=36), nullable=False),
        sa.Column("attestation", sa.String(length=32), nullable=False),
        sa.Column("is_discoverable", sa.Boolean(), nullable=False),
        sa.Column("is_backed_up", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        _of_account("webauthn_credentials"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webauthn_credentials")),
        sa.UniqueConstraint(
            "tenant_id",
            "credential_id",
            name=op.f("uq_webauthn_credentials_tenant_id_credential_id"),
        ),
    )
    op.create_index(
        op.f("ix_webauthn_credentials_account_id"), "webauthn_credentials", ["account_id"]
    )


def _make_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", sa.String(length=36), nullable=False),
        sa.Column("account_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hint", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("scopes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        _of_account("api_keys"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_index(op.f("ix_api_keys_account_id"), "api_keys", ["account_id"])
