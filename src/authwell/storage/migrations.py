"""Where migrations are and which database they run on; `migrations/env.py` asks here."""

import os
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app, has_app_context
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool

from authwell.storage.urls import is_sqlite, normalised

DEVELOPMENT_URL = "sqlite:///instance/authwell.db"


def migration_url(config: Config) -> URL:
    """The database to migrate: the caller's, else the Flask app's, else the environment's."""
    given = config.attributes.get("url")
    if given is not None:
        return normalised(given)
    if has_app_context():
        return normalised(current_app.config["SQLALCHEMY_DATABASE_URI"])
    return normalised(os.environ.get("DATABASE_URL", DEVELOPMENT_URL))


def migration_engine(config: Config) -> Engine:
    """An engine for one run of migrations."""
    url = migration_url(config)
    engine = create_engine(url, poolclass=NullPool)
    if is_sqlite(url):
        if url.database:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        event.listen(engine, "connect", _leave_transactions_to_us)
        event.listen(engine, "begin", _begin_at_once)
    return engine


def upgrade(url: str | URL, revision: str = "head") -> None:
    """Bring the database to a revision; needs neither an app nor an ini file."""
    command.upgrade(_config(url), revision)


def downgrade(url: str | URL, revision: str) -> None:
    """Bring the database back to a revision, such as `-1` or `base`."""
    command.downgrade(_config(url), revision)


def revisions(url: str | URL) -> tuple[str | None, str | None]:
    """The revision of the database and the newest that this program carries."""
    config = _config(url)
    engine = migration_engine(config)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return current, ScriptDirectory.from_config(config).get_current_head()


def is_current(connection: Connection) -> bool:
    """Whether the database is at the newest revision that this program carries."""
    expected = set(ScriptDirectory.from_config(_config(connection.engine.url)).get_heads())
    return set(MigrationContext.configure(connection).get_current_heads()) == expected


def migrations_folder() -> Path:
    """The scripts: inside the installed package, or at the root of a checkout."""
    installed = Path(str(files("authwell"))) / "migrations"
    if installed.is_dir():
        return installed
    return Path(__file__).parents[3] / "migrations"


def _config(url: str | URL) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def _leave_transactions_to_us(connection: Any, _record: Any) -> None:
    # Python's driver commits before DDL by itself, which would leave half a migration behind.
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout = 30000")


def _begin_at_once(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
