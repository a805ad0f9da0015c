"""Fixtures that start the real parts. A missing part is a failure, unless TEST_WITHOUT names it."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser

from authwell.storage import migrations
from authwell.storage.database import Database
from tests.parts import databases, leaks, postgresql, processes
from tests.parts.nginx import Front, start_front
from tests.parts.node import run as run_node
from tests.parts.postgresql import Postgresql
from tests.parts.redis import Redis
from tests.parts.server import StartServer, servers
from tests.storage.worlds import populate

_run = ExitStack()
_LEAKS = pytest.StashKey[list[str]]()
_NOT_MET = pytest.StashKey[list[str]]()

# Tests share two processors with servers and a browser: slowness says nothing about the code.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder of the run; xdist's workers have it from their controller."""
    if not hasattr(config, "workerinput"):
        _run.enter_context(processes.run_folder())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop all that was started."""
    _run.close()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A failed check of ./test fails the run, whatever the tests said; so does a leaked secret."""
    if not hasattr(session.config, "workerinput"):
        session.config.stash[_LEAKS] = leaks.findings()
        session.config.stash[_NOT_MET] = leaks.types_not_met() if _is_whole(session) else []
    is_refused = os.environ.get("CHECKS_FAILED") or session.config.stash.get(_LEAKS, [])
    if is_refused and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say why the run fails, and what it says nothing of."""
    if os.environ.get("CHECKS_FAILED"):
        terminalreporter.section("checks")
        terminalreporter.line("The checks failed; what they said stands above the tests.")
    leaked = terminalreporter.config.stash.get(_LEAKS, [])
    if leaked:
        terminalreporter.section("secrets in logs (THREATS.md LG-02)")
        for found in leaked:
            terminalreporter.line(found)

    not_met = terminalreporter.config.stash.get(_NOT_MET, [])
    if not_met:
        terminalreporter.section("events that no test has caused (REQUIREMENTS.md L4)")
        terminalreporter.line(", ".join(not_met))

    left_out = os.environ.get("TEST_WITHOUT")
    if left_out:
        skipped = len(terminalreporter.stats.get("skipped", []))
        terminalreporter.section("parts that TEST_WITHOUT left out")
        terminalreporter.line(f"{left_out}: {skipped} tests skipped. This was not the whole run.")


def _is_whole(session: pytest.Session) -> bool:
    """Whether all tests were asked for, on all parts."""
    config = session.config
    is_chosen = config.option.keyword or config.option.markexpr or config.option.maxfail
    from_nowhere = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return bool(from_nowhere and not is_chosen and not os.environ.get("TEST_WITHOUT"))


def need(part: str) -> None:
    """Skip the test if the part was left out aloud."""
    if part in os.environ.get("TEST_WITHOUT", "").split(","):
        pytest.skip(f"TEST_WITHOUT names {part}")


@pytest.fixture(scope="session")
def postgresql_url() -> str:
    """The PostgreSQL server of the run: its database for administration."""
    need("postgresql")
    return postgresql.shared_url()


@pytest.fixture
def postgresql_database(postgresql_url: str) -> Iterator[str]:
    """A fresh, empty database on PostgreSQL."""
    url = databases.create("postgresql", migrated=False)
    yield url
    databases.drop(url)


@pytest.fixture
def sqlite_database() -> Iterator[str]:
    """A fresh, empty database on SQLite."""
    url = databases.create("sqlite", migrated=False)
    yield url
    databases.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh, migrated database, once on each kind."""
    need(request.param)
    url = databases.create(request.param)
    yield url
    databases.drop(url)


class NewDatabase(Protocol):
    """Makes databases that live until the fixture's end."""

    def __call__(self, kind: str, *, migrated: bool = True) -> str:
        """The address of a new database, of `sqlite` or `postgresql`."""
        ...


@pytest.fixture(scope="module")
def new_database() -> Iterator[NewDatabase]:
    """Databases for the tests of a module."""
    with ExitStack() as stack:

        def create(kind: str, *, migrated: bool = True) -> str:
            need(kind)
            url = databases.create(kind, migrated=migrated)
            stack.callback(databases.drop, url)
            return url

        yield create


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis of this worker."""
    need("redis")
    server = Redis(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    """A Redis that the test may stop and start again."""
    need("redis")
    server = Redis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_postgresql() -> Iterator[Postgresql]:
    """A PostgreSQL that the test may stop and start again; its database `postgres` is empty."""
    need("postgresql")
    # A socket has a short name, so the folder is not the test's.
    folder = tempfile.mkdtemp(prefix="pg-", dir=processes.shared_folder())
    server = Postgresql(Path(folder))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def restarting(own_postgresql: Postgresql) -> Iterator[tuple[Postgresql, Database]]:
    """A migrated database on a server that the test may stop."""
    migrations.upgrade(own_postgresql.url())
    database = Database(own_postgresql.url())
    populate(database)
    yield own_postgresql, database
    database.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; a new context of it is a new person."""
    need("browser")
    from tests.parts.chromium import running_browser

    with running_browser() as running:
        yield running


@pytest.fixture
def tls_front(tmp_path: Path) -> Iterator[Callable[..., Front]]:
    """Starts nginx with TLS before a port: `tls_front(upstream_port, port=None)`."""
    need("nginx")
    with ExitStack() as stack:

        def begin(upstream: int, port: int | None = None) -> Front:
            folder = tmp_path / f"nginx-{port or processes.free_port()}"
            front = start_front(upstream, folder, port)
            stack.callback(front.stop)
            return front

        yield begin


class RunNode(Protocol):
    """Runs a script in Node."""

    def __call__(
        self, script: Path, *arguments: str, environ: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run it to its end, in the folder that has the packages."""
        ...


@pytest.fixture(scope="session")
def node() -> RunNode:
    """Runs a script in Node with openid-client at hand."""
    need("node")
    return run_node


@pytest.fixture(scope="module")
def start_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartServer]:
    """Starts `authwell serve`; it ends with the module, if the test does not stop it before."""
    with servers(tmp_path_factory.mktemp("servers")) as start:
        yield start
