"""What belongs to an account, a session or a grant is of the same tenant: the database holds it.

Revision: 0017b
Follows: 0017
"""

from alembic import op

revision = "0017b"
down_revision = "0017"
branch_labels = None
depends_on = None

REFERENCES = (
    ("credentials", "account_id", "accounts"),
    ("login_guards", "account_id", "accounts"),
    ("sessions", "account_id", "accounts"),
    ("consents", "account_id", "accounts"),
    ("grants", "account_id", "accounts"),
    ("handles", "account_id", "accounts"),
    ("api_keys", "account_id", "accounts"),
    ("devices", "account_id", "accounts"),
    ("totp_factors", "account_id", "accounts"),
    ("backup_codes", "account_id", "accounts"),
    ("webauthn_credentials", "account_id", "accounts"),
    ("attempt_guards", "account_id", "accounts"),
    ("session_clients", "session_id", "sessions"),
    ("handles", "grant_id", "grants"),
    ("refresh_tokens", "grant_id", "grants"),
    ("access_tokens", "grant_id", "grants"),
    ("webhook_deliveries", "endpoint_id", "webhook_endpoints"),
)
TARGETS = ("sessions", "grants", "webhook_endpoints")


def upgrade() -> None:
    """Let references name the tenant too."""
    op.drop_index(op.f("ix_sessions_tenant_id_id"), table_name="sessions")
    for table in TARGETS:
        op.create_index(f"uq_{table}_tenant_id_id", table, ["tenant_id", "id"], unique=True)
    for table, column, target in REFERENCES:
        _refer(table, target, before=[column], after=["tenant_id", column])


def downgrade() -> None:
    """Let them name the row alone."""
    for table, column, target in REFERENCES:
        _refer(table, target, before=["tenant_id", column], after=[column])
    for table in TARGETS:
        op.drop_index(f"uq_{table}_tenant_id_id", table_name=table)
    op.create_index(op.f("ix_sessions_tenant_id_id"), "sessions", ["tenant_id", "id"])


def _refer(table: str, target: str, *, before: list[str], after: list[str]) -> None:
    # SQLite makes the table anew for this; PostgreSQL looks at each row once.
    with op.batch_alter_table(table) as batch:
        batch.drop_constraint(op.f(f"fk_{table}_{'_'.join(before)}"), type_="foreignkey")
        batch.create_foreign_key(
            op.f(f"fk_{table}_{'_'.join(after)}"),
            target,
            after,
            [*after[:-1], "id"],
            ondelete="CASCADE",
        )
