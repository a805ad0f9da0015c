"""How the two WSGI servers are started (decision 0004): their arguments and their surroundings."""

import os
import shutil
import socket
import stat
import sys
import tempfile
from pathlib import Path
from typing import Final

from authwell.config.settings import Settings

APPLICATION: Final = "authwell.serving:app"
THREADS: Final = 4
"""A worker's threads. One more costs nothing while it waits; beyond these the interpreter's
lock only makes them queue. A slow login must not keep others from their tokens."""
_SECONDS_TO_END: Final = 20


class PortTaken(Exception):
    """Another program listens there."""


def server_command(settings: Settings) -> list[str]:
    """The program and the arguments of the server that SERVER names."""
    module = _gunicorn if settings.server == "gunicorn" else _granian
    return [sys.executable, "-m", settings.server, *module(settings), APPLICATION]


def _granian(settings: Settings) -> list[str]:
    return [
        "--interface=wsgi",
        "--http=1",
        "--no-ws",
        f"--host={settings.host}",
        f"--port={settings.port}",
        f"--workers={settings.web_concurrency}",
        f"--blocking-threads={THREADS}",
        "--respawn-failed-workers",
        f"--workers-kill-timeout={_SECONDS_TO_END}",
        "--log-level=warning",
        "--no-access-log",
    ]


def _gunicorn(settings: Settings) -> list[str]:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return [
        "--no-control-socket",
        "--preload",
        "--worker-class=gthread",
        f"--bind={host}:{settings.port}",
        f"--workers={settings.web_concurrency}",
        f"--threads={THREADS}",
        f"--graceful-timeout={_SECONDS_TO_END}",
        "--limit-request-line=8190",
        # Our own middleware reads forwarded headers, from TRUSTED_PROXIES only.
        "--forwarded-allow-ips=",
        "--log-level=warning",
    ]


def require_free_port(host: str, port: int) -> None:
    """Find out now whether the port is free; the servers would share it or fail with a trace.

    Raises:
        PortTaken: it is not.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            raise PortTaken(f"Cannot listen on {host}:{port}: {error.strerror}.") from error


def metrics_folder(port: int) -> Path:
    """An empty folder in which the workers of one server add up their metrics."""
    folder = Path(tempfile.gettempdir()) / f"authwell-metrics-{os.getuid()}-{port}"
    if _is_ours(folder):
        shutil.rmtree(folder)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        # Somebody else's, perhaps made to catch what we write.
        return Path(tempfile.mkdtemp(prefix="authwell-metrics-"))
    return folder


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
