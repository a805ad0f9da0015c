"""Runs migrations for `flask db ...`, for `alembic ...`, and for `authwell.storage.migrations`."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, text

from authwell.models import Base
from authwell.models.base import UtcDateTime
from authwell.storage.migrations import migration_engine, migration_url
from authwell.storage.walls import RAISE_WALLS

# Any number that nothing else locks: two deployments at once take turns.
ADVISORY_LOCK = 4_611_686_018_427_387_847
LOCK_TIMEOUT = "10s"


def include_object(_item: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    """Leave out the partitions of audit_events, which the clean-up makes and drops."""
    return not (kind == "table" and reflected and (name or "").startswith("audit_events_"))


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """Write the column types of the database into revisions, which must not import models."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


OPTIONS: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "include_object": include_object,
    "render_item": render_item,
    "compare_type": True,
}


def run_offline() -> None:
    """Write the SQL instead of running it."""
    url = migration_url(context.config)
    context.configure(
        url=url,
        literal_binds=True,
        render_as_batch=url.get_backend_name() == "sqlite",
        **OPTIONS,
    )
    with context.begin_transaction():
        context.run_migrations()
        if url.get_backend_name() != "sqlite":
            for step in RAISE_WALLS:
                context.execute(text(step))


def run_online() -> None:
    """Migrate the database that the caller, the Flask app or the environment names."""
    engine = migration_engine(context.config)
    try:
        with engine.connect() as connection:
            migrate(connection)
    finally:
        engine.dispose()


def migrate(connection: Connection) -> None:
    """Run all steps in one transaction, alone, and never wait long for a lock on a table."""
    on_sqlite = connection.dialect.name == "sqlite"
    # Alembic takes SQLite for one that commits each step, and two deployments would mix theirs.
    context.configure(
        connection=connection, render_as_batch=on_sqlite, transactional_ddl=True, **OPTIONS
    )
    with context.begin_transaction():
        if not on_sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        context.run_migrations()
        if not on_sqlite:
            for step in RAISE_WALLS:
                connection.execute(text(step))


if context.is_offline_mode():
    run_offline()
else:
    run_online()
