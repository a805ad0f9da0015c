"""How the two WSGI servers are started (decision 0004)."""

import ctypes
import gc
import importlib
import os
import shutil
import socket
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

if TYPE_CHECKING:
    from authwell.config.settings import Settings

APPLICATION: Final = "authwell.serving:app"
THREADS: Final = 4
"""A worker's threads. One more costs nothing while it waits; beyond these the interpreter's
lock only makes them queue. A slow login must not keep others from their tokens."""
HEAPS: Final = 2
_ARENA_MAX: Final = -8
"""M_ARENA_MAX of mallopt(3)."""
_SECONDS_TO_END: Final = 10


class PortTaken(Exception):
    """Another program listens there."""


def run_server(settings: "Settings") -> None:
    """Serve until a signal ends it.

    Raises:
        SystemExit: a worker could not be kept alive.
    """
    if settings.server == "gunicorn":
        _become_gunicorn(settings)
    _run_granian(settings)


def _run_granian(settings: "Settings") -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    # Workers are forks of this process: the application is made once, here, and its memory is
    # shared by all of them. What the collector never visits stays shared.
    _share_one_heap()
    importlib.import_module(APPLICATION.partition(":")[0])
    gc.collect()
    gc.freeze()
    Server(
        APPLICATION,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_concurrency,
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_SECONDS_TO_END,
    ).serve()


def _share_one_heap() -> None:
    """Let all threads allocate from few heaps: glibc gives each its own, 10 to 20 MiB in use,
    for the sake of a concurrency that the interpreter's lock does not allow anyway.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, HEAPS)


def _become_gunicorn(settings: "Settings") -> NoReturn:
    """The server takes our place: it starts itself anew on SIGUSR2, by its own arguments."""
    os.environ.setdefault("MALLOC_ARENA_MAX", str(HEAPS))
    command = [sys.executable, "-m", "gunicorn", *gunicorn_arguments(settings), APPLICATION]
    os.execv(command[0], command)  # noqa: S606 - our own arguments, no shell


def gunicorn_arguments(settings: "Settings") -> list[str]:
    """The options of gunicorn's command line."""
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
