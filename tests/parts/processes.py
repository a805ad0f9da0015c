"""The programs that tests start: each is known by a file, so that all end with the test run.

A keeper waits for the end of the run, however it comes, and then stops what is left. xdist's
workers share the folder of the run, whose name they inherit by the environment.
"""

import atexit
import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER_VARIABLE = "AUTHWELL_TEST_FOLDER"

_FIRST_PORT = 12_000
_LAST_PORT = 32_000
_PORTS_APART = 4


# A process that outlives its object here must not be taken for a forgotten one.
_started: list[subprocess.Popen[bytes]] = []


@atexit.register
def _leave_to_the_keeper() -> None:
    """What several test processes share runs on when one of them ends: no warning about that."""
    for process in _started:
        if process.poll() is None:
            process.returncode = 0


class PartFailed(Exception):
    """A part did not start; the text holds the end of its log."""


@contextlib.contextmanager
def run_folder() -> Iterator[Path]:
    """A folder for the parts of this run; at its end all of them are stopped and it is removed."""
    folder = Path(tempfile.mkdtemp(prefix="authwell-"))
    # PostgreSQL runs as another user and must get through.
    folder.chmod(0o755)
    (folder / "pids").mkdir()
    (folder / "ports").mkdir()
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.parts.processes", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        del os.environ[FOLDER_VARIABLE]
        keeper.communicate(timeout=60)


def shared_folder() -> Path:
    """The folder of the run that we are part of."""
    return Path(os.environ[FOLDER_VARIABLE])


def start(
    command: Sequence[str | Path],
    log_path: Path,
    *,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: str | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own; what it says goes to the log."""
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            env=None if environ is None else dict(environ),
            cwd=cwd,
            user=user,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _started.append(process)
    with contextlib.suppress(psutil.NoSuchProcess):
        born = psutil.Process(process.pid).create_time()
        (shared_folder() / "pids" / str(process.pid)).write_text(repr(born))
    return process


def stop(
    process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, seconds: float = 15
) -> None:
    """Stop a program that `start` started, with all that it started in turn."""
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    (shared_folder() / "pids" / str(process.pid)).unlink(missing_ok=True)


def wait_until_ready(
    process: subprocess.Popen[bytes],
    is_ready: Callable[[], bool],
    log_path: Path,
    seconds: float = 30,
) -> None:
    """Wait until a program answers.

    Raises:
        PartFailed: it ended, or did not answer in time.
    """
    deadline = time.monotonic() + seconds
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            state = "does not answer" if process.poll() is None else "has ended"
            stop(process)
            raise PartFailed(f"{process.args!r} {state}:\n{log_path.read_text()[-4000:]}")
        time.sleep(0.02)


def free_port() -> int:
    """A port of the loopback interface that nobody else of this run is given.

    The system hands out the ports of its own range to outgoing connections at any moment, so ours
    lie below it. The numbers after each stay free too: `authwell dev` puts its demo there.

    Raises:
        PartFailed: all are given.
    """
    numbers = list(range(_FIRST_PORT, _LAST_PORT, _PORTS_APART))
    random.shuffle(numbers)
    for number in numbers:
        with contextlib.suppress(FileExistsError):
            (shared_folder() / "ports" / str(number)).touch(exist_ok=False)
            if all(_is_free(number + after) for after in range(_PORTS_APART)):
                return number
    raise PartFailed("No port is free.")


def _is_free(port: int) -> bool:
    with socket.socket() as listener, contextlib.suppress(OSError):
        listener.bind(("127.0.0.1", port))
        return True
    return False


def _stop_all(folder: Path) -> None:
    left = []
    for file in (folder / "pids").iterdir():
        with contextlib.suppress(psutil.NoSuchProcess, ValueError):
            process = psutil.Process(int(file.name))
            # A number may have been given to another program since.
            if repr(process.create_time()) == file.read_text():
                # PostgreSQL takes SIGINT as "end now, do not wait for clients".
                process.send_signal(signal.SIGINT)
                left.append(process)
    psutil.wait_procs(left, timeout=5)
    for process in left:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _keep(folder: Path) -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    # The other end of the pipe closes when the run ends, even by SIGKILL.
    sys.stdin.buffer.read()
    _stop_all(folder)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _keep(Path(sys.argv[1]))
