"""The server under test with its database and its cache, all on one core."""

import base64
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.bench.configuration import document
from tests.bench.costs import proportional_mebibytes
from tests.bench.load import Load
from tests.bench.statements import SETTINGS, Statements
from tests.parts import databases, processes
from tests.parts.postgresql import Postgresql, execute
from tests.parts.redis import Redis
from tests.parts.server import RunningServer, start_server
from tests.support.site import Site, plain_client

SERVER_CORE, LOAD_CORE = 0, 1
NO_LIMIT = "100000000/minute"
"""Limits are taken, and never reached."""
LIMITS = (
    "RATE_LIMITING_DEFAULT",
    "RATE_LIMIT_PER_USER",
    "RATE_LIMIT_PER_IP",
    "RATE_LIMIT_PER_TENANT",
    "RATE_LIMIT_LOGIN",
    "RATE_LIMIT_TOKEN",
    "RATE_LIMIT_REGISTER",
    "RATE_LIMIT_PASSWORD_RESET",
    "RATE_LIMIT_MAILS_PER_ADDRESS",
    "RATE_LIMIT_MAILS_PER_IP",
    "MAGIC_LINK_RATE_LIMIT",
)
CORES = sorted(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Stage:
    """What a workload is driven on."""

    site: Site
    server: RunningServer
    postgresql: int
    redis: int
    load: Load
    statements: Statements
    start_seconds: float
    """From the command to the first answer, with a migrated database and compiled code."""
    idle_memory: float
    """Proportional set size in MiB of master and worker, after the first answers."""


class DurablePostgresql(Postgresql):
    """PostgreSQL with the durability of production, by TCP as in most deployments."""

    def __init__(self, folder: Path) -> None:
        self.port = processes.free_port()
        addresses = {"listen_addresses": "127.0.0.1", "port": str(self.port)}
        super().__init__(folder, {**addresses, **SETTINGS})

    def url(self, database: str = "postgres") -> str:
        """The address of a database by TCP."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"


@contextmanager
def stage(server: str, folder: Path) -> Iterator[Stage]:
    """Start everything for one WSGI server, configured by `authwell apply`."""
    postgresql, redis = DurablePostgresql(folder / "postgresql"), Redis(folder / "redis")
    with on_server_core():
        postgresql.start()
        redis.start()
        execute(postgresql.url(), "CREATE DATABASE bench")
        databases.migrate(postgresql.url("bench"))
        environ = _environ(server, postgresql.url("bench"), redis.url)
        running = start_server(folder / "server", command=("serve",), **environ)
    try:
        with plain_client() as http:
            site = Site(running.environ["ISSUER"], running, http)
            site.apply(document())
            seconds = _start_warm(running)
            site.client_credentials("service", scope="read")
            yield Stage(
                site=site,
                server=running,
                postgresql=_pid(postgresql),
                redis=_pid(redis),
                load=Load(running.port),
                statements=Statements(postgresql.url(), "bench"),
                start_seconds=seconds,
                idle_memory=proportional_mebibytes(running.pid),
            )
    finally:
        running.stop()
        redis.stop()
        postgresql.stop()


def take_precedence() -> None:
    """Let us and all that we start run before the machine's other work, if we may.

    A program that is taken off its core every few milliseconds finds its caches cold: the same
    request then costs twice the CPU time.
    """
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


@contextmanager
def on_server_core() -> Iterator[None]:
    """What starts in this block has the servers' core; we ourselves and the load the other."""
    os.sched_setaffinity(0, {CORES[SERVER_CORE]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, {CORES[LOAD_CORE % len(CORES)]})


def _environ(server: str, database_url: str, redis_url: str) -> dict[str, str]:
    port = processes.free_port()
    return {
        "ENVIRONMENT": "production",
        "PORT": str(port),
        "ISSUER": f"http://localhost:{port}",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "KEY_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "SERVER": server,
        "WEB_CONCURRENCY": "1",
        "RATE_LIMITING_ENABLED": "true",
        **dict.fromkeys(LIMITS, NO_LIMIT),
        "ADDRESS_LOCKOUT_ATTEMPTS": "100000",
        "DOCS_ENABLED": "true",
    }


def _start_warm(server: RunningServer) -> float:
    server.stop()
    with on_server_core():
        begun = time.monotonic()
        server.start_again()
        return time.monotonic() - begun


def _pid(part: Postgresql | Redis) -> int:
    if part.process is None:
        raise processes.PartFailed("A part of the stage did not start.")
    return part.process.pid
