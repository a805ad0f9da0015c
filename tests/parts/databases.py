"""Fresh databases: migrated once for the run, then copied for each test."""

import itertools
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from filelock import FileLock
from sqlalchemy.engine import make_url

from tests.parts import leaks, postgresql, processes

_numbers = itertools.count(1)
MIGRATED = "migrated"


def create(kind: str, *, migrated: bool = True) -> str:
    """The address of a new database, of `sqlite` or `postgresql`."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    if kind == "postgresql":
        # A template is migrated first: its migration needs a connection of its own.
        template = _migrated_postgresql() if migrated else "template0"
        postgresql.execute(
            postgresql.shared_url(), f'CREATE DATABASE "{name}" TEMPLATE "{template}"'
        )
        return postgresql.shared_url(name)
    path = processes.shared_folder() / f"{name}.sqlite3"
    if migrated:
        shutil.copy(_migrated_sqlite(), path)
    return f"sqlite:///{path}"


def drop(url: str) -> None:
    """Remove a database that `create` made, whoever is connected to it."""
    leaks.note_database(url)
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        statement = f'DROP DATABASE IF EXISTS "{parsed.database}" WITH (FORCE)'
        postgresql.execute(postgresql.shared_url(), statement)
        return
    for suffix in ("", "-wal", "-shm"):
        Path(f"{parsed.database}{suffix}").unlink(missing_ok=True)


def migrate(url: str) -> None:
    """Bring a database to the newest schema by the command that operators use."""
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "upgrade", "head"],
        cwd=processes.ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise processes.PartFailed(f"alembic upgrade head:\n{done.stdout}{done.stderr}")


def _migrated_postgresql() -> str:
    mark = processes.shared_folder() / "postgresql-migrated"
    with FileLock(f"{mark}.lock"):
        if not mark.exists():
            server = postgresql.shared_url()
            postgresql.execute(server, f'DROP DATABASE IF EXISTS "{MIGRATED}"')
            postgresql.execute(server, f'CREATE DATABASE "{MIGRATED}" TEMPLATE template0')
            migrate(postgresql.shared_url(MIGRATED))
            mark.touch()
    return MIGRATED


def _migrated_sqlite() -> Path:
    path = processes.shared_folder() / f"{MIGRATED}.sqlite3"
    with FileLock(f"{path}.lock"):
        if not path.exists():
            half = path.with_suffix(".half")
            half.unlink(missing_ok=True)
            migrate(f"sqlite:///{half}")
            # What still stands in the write-ahead log would be missing in a copy of the file.
            connection = sqlite3.connect(half)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            half.rename(path)
    return path
