"""Authwell itself, started as operators start it."""

import base64
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.parts import databases, leaks, processes

COMMAND = Path(sys.executable).parent / "authwell"
# What a program needs of the machine; no setting of the caller's shell reaches the server.
INHERITED = ("HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", processes.FOLDER_VARIABLE)


@dataclass(slots=True)
class RunningServer:
    """A server on a free port: stopped, killed and started again on the same one."""

    url: str
    port: int
    folder: Path
    environ: Mapping[str, str]
    command: tuple[str, ...]
    process: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """The process that was started: granian's or gunicorn's master."""
        return self.process.pid

    @property
    def log_path(self) -> Path:
        """Everything that the server wrote."""
        return self.folder / "server.log"

    def log(self) -> str:
        """What the server wrote until now."""
        return self.log_path.read_text()

    def stop(self) -> None:
        """Stop it as a service manager does."""
        processes.stop(self.process)

    def kill(self) -> None:
        """Stop it and its workers without a warning."""
        os.killpg(self.process.pid, signal.SIGKILL)
        processes.stop(self.process, signal.SIGKILL)

    def start_again(self) -> None:
        """Start it with the same settings."""
        self.process = _start(self.command, self.folder, self.environ)
        _wait(self)


def settings_for(port: int, **environ: str) -> dict[str, str]:
    """The environment of a development server on a port; what is given wins."""
    defaults = {
        "ENVIRONMENT": "development",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ISSUER": f"http://localhost:{port}",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "KEY_ENCRYPTION_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "RATE_LIMITING_ENABLED": "false",
        "SERVER": "granian",
        "WEB_CONCURRENCY": "1",
    }
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**inherited, **defaults, **environ}


def start_server(
    folder: Path, *, command: tuple[str, ...] = ("serve",), **environ: str
) -> RunningServer:
    """Start `authwell serve` on a free port, or on PORT, and wait for its health.

    Args:
        folder: where it runs and logs; it should be empty.
        command: the arguments of `authwell`.
        environ: settings; DATABASE_URL names a migrated database.

    Raises:
        PartFailed: it ended or does not answer.
    """
    port = int(environ.get("PORT", "0")) or processes.free_port()
    # What a killed server leaves behind goes with the run.
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    settings = settings_for(port, TMPDIR=str(folder / "tmp"), **environ)
    process = _start(command, folder, settings)
    url = f"http://localhost:{port}"
    server = RunningServer(url, port, folder, settings, command, process)
    _wait(server)
    return server


class StartServer(Protocol):
    """Starts Authwell."""

    def __call__(self, *, command: tuple[str, ...] = ("serve",), **environ: str) -> RunningServer:
        """Start it with settings; without DATABASE_URL it has a fresh SQLite database."""
        ...


@contextmanager
def servers(folder: Path) -> Iterator[StartServer]:
    """What starts servers, each in a folder below the given one; all end with the block."""
    with ExitStack() as stack:

        def begin(*, command: tuple[str, ...] = ("serve",), **environ: str) -> RunningServer:
            if "DATABASE_URL" not in environ:
                environ["DATABASE_URL"] = databases.create("sqlite")
                stack.callback(databases.drop, environ["DATABASE_URL"])
            own_folder = Path(tempfile.mkdtemp(prefix="server-", dir=folder))
            server = start_server(own_folder, command=command, **environ)
            stack.callback(server.stop)
            return server

        yield begin


def _start(
    command: tuple[str, ...], folder: Path, environ: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    leaks.note_log(folder / "server.log")
    return processes.start([COMMAND, *command], folder / "server.log", environ=environ, cwd=folder)


def _wait(server: RunningServer) -> None:
    processes.wait_until_ready(server.process, lambda: _is_healthy(server), server.log_path)


def _is_healthy(server: RunningServer) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        # It answers, though something behind it is away: that may be what the test is about.
        return True
    except OSError:
        return False
