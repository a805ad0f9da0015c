"""Who may do what: resource types, permissions, roles, groups, and grants of resources.

The built-in rows are made at the next start, which also reads what the tables of the version
before say: `roles.permissions` and `accounts.roles`.

Revision: 0014
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0019"
branch_labels = None
depends_on = None

OF_ALL = sa.text("resource_id IS NULL")
OF_ONE = sa.text("resource_id IS NOT NULL")
NEW_IDS = {
    "postgresql": "UPDATE roles SET id = gen_random_uuid()::text",
    "sqlite": "UPDATE roles SET id = lower(hex(randomblob(16)))",
}


def upgrade() -> None:
    """Make the tables."""
    op.add_column(
        "config_stamps",
        sa.Column("access_stamp", sa.BigInteger(), nullable=False, server_default="0"),
    )
    for column in _role_columns():
        op.add_column("roles", column)
    op.execute(NEW_IDS[op.get_context().dialect.name])
    op.create_index("uq_roles_tenant_id_id", "roles", ["tenant_id", "id"], unique=True)
    _types_and_permissions()
    _roles()
    _groups()
    _grants()


def _role_columns() -> tuple[sa.Column[object], ...]:
    # SQLite adds a column with a constant default only, and changes no constraint afterwards.
    long_ago = sa.text("'1970-01-01 00:00:00'")
    return (
        sa.Column("id", sa.String(36), nullable=False, server_default=""),
        sa.Column("description", sa.String(1024), nullable=False, server_default=""),
        sa.Column("built_in", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=long_ago
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), nullable=False, server_default=long_ago
        ),
    )


def _identifier(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(36), nullable=False)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _of_tenant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id"], ["tenants.id"], name=op.f(f"fk_{table}_tenant_id"), ondelete="CASCADE"
    )


def _of_account(table: str) -> sa.ForeignKeyConstraint:
    return _within(table, "account_id", "accounts", ondelete="CASCADE")


def _within(
    table: str, column: str, other: str, *, ondelete: str | None = None, key: str = "id"
) -> sa.ForeignKeyConstraint:
    """A reference that cannot leave the tenant."""
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"{other}.tenant_id", f"{other}.{key}"],
        name=op.f(f"fk_{table}_tenant_id_{column}"),
        ondelete=ondelete,
    )


def _types_and_permissions() -> None:
    op.create_table(
        "resource_types",
        _identifier("id"),
        _identifier("tenant_id"),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("description", sa.String(1024), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        _of_tenant("resource_types"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_types")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_resource_types_tenant_id_name")),
    )
    op.create_table(
        "permissions",
        _identifier("id"),
        _identifier("tenant_id"),
        sa.Column("resource_type", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("description", sa.String(1024), nullable=False),
        sa.Column("built_in", sa.Boolean(), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        _of_tenant("permissions"),
        _within("permissions", "resource_type", "resource_types", key="name"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_permissions")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_permissions_tenant_id_id")),
        sa.UniqueConstraint(
            *("tenant_id", "resource_type", "action"),
            name=op.f("uq_permissions_tenant_id_resource_type_action"),
        ),
    )


def _roles() -> None:
    op.create_table(
        "role_permissions",
        _identifier("tenant_id"),
        _identifier("role_id"),
        _identifier("permission_id"),
        _within("role_permissions", "role_id", "roles", ondelete="CASCADE"),
        _within("role_permissions", "permission_id", "permissions", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(
            "tenant_id", "role_id", "permission_id", name=op.f("pk_role_permissions")
        ),
    )
    _index("role_permissions", "tenant_id", "permission_id")
    op.create_table(
        "role_parents",
        _identifier("tenant_id"),
        _identifier("role_id"),
        _identifier("parent_id"),
        sa.CheckConstraint("role_id <> parent_id", name=op.f("ck_role_parents_another")),
        _within("role_parents", "role_id", "roles", ondelete="CASCADE"),
        _within("role_parents", "parent_id", "roles"),
        sa.PrimaryKeyConstraint("tenant_id", "role_id", "parent_id", name=op.f("pk_role_parents")),
    )
    _index("role_parents", "tenant_id", "parent_id")
    op.create_table(
        "user_roles",
        _identifier("tenant_id"),
        _identifier("account_id"),
        _identifier("role_id"),
        _moment("created_at"),
        _of_account("user_roles"),
        _within("user_roles", "role_id", "roles"),
        sa.PrimaryKeyConstraint("tenant_id", "account_id", "role_id", name=op.f("pk_user_roles")),
    )
    _index("user_roles", "tenant_id", "role_id", "account_id")


def _groups() -> None:
    op.create_table(
        "groups",
        _identifier("id"),
        _identifier("tenant_id"),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.String(1024), nullable=False),
        _moment("created_at"),
        _moment("updated_at"),
        _of_tenant("groups"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("tenant_id", "id", name=op.f("uq_groups_tenant_id_id")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_groups_tenant_id_name")),
    )
    op.create_table(
        "group_members",
        _identifier("tenant_id"),
        _identifier("group_id"),
        _identifier("account_id"),
        _moment("created_at"),
        _within("group_members", "group_id", "groups", ondelete="CASCADE"),
        _of_account("group_members"),
        sa.PrimaryKeyConstraint(
            "tenant_id", "group_id", "account_id", name=op.f("pk_group_members")
        ),
    )
    _index("group_members", "tenant_id", "account_id")
    op.create_table(
        "group_roles",
        _identifier("tenant_id"),
        _identifier("group_id"),
        _identifier("role_id"),
        _within("group_roles", "group_id", "groups", ondelete="CASCADE"),
        _within("group_roles", "role_id", "roles"),
        sa.PrimaryKeyConstraint("tenant_id", "group_id", "role_id", name=op.f("pk_group_roles")),
    )
    _index("group_roles", "tenant_id", "role_id")


def _grants() -> None:
    op.create_table(
        "resource_grants",
        _identifier("id"),
        _identifier("tenant_id"),
        _identifier("account_id"),
        _identifier("permission_id"),
        sa.Column("resource_id", sa.String(255), nullable=True),
        _moment("created_at"),
        _of_tenant("resource_grants"),
        _of_account("resource_grants"),
        _within("resource_grants", "permission_id", "permissions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource_grants")),
    )
    key = ["tenant_id", "account_id", "permission_id"]
    for name, columns, where in (
        ("uq_resource_grants_of_one", [*key, "resource_id"], OF_ONE),
        ("uq_resource_grants_of_all", key, OF_ALL),
    ):
        op.create_index(
            name,
            "resource_grants",
            columns,
            unique=True,
            postgresql_where=where,
            sqlite_where=where,
        )
    _index("resource_grants", "tenant_id", "account_id")
    _index("resource_grants", "tenant_id", "permission_id")


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def downgrade() -> None:
    """Forget them; `roles.permissions` and `accounts.roles` stay."""
    for table in (
        *("resource_grants", "group_roles", "group_members", "groups"),
        *("user_roles", "role_parents", "role_permissions", "permissions", "resource_types"),
    ):
        op.drop_table(table)
    op.drop_index("uq_roles_tenant_id_id", table_name="roles")
    for column in _role_columns():
        op.drop_column("roles", column.name)
    op.drop_column("config_stamps", "access_stamp")
