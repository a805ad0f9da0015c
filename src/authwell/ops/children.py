"""The programs that a development server consists of: started, watched and stopped together."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

SERVER: Final = "The server"
RELYING_PARTY: Final = "The relying party"
_SECONDS_TO_START: Final = 60
_SECONDS_TO_STOP: Final = 10


class ChildEnded(Exception):
    """A program ended by itself; the text says which, and it has said why."""


class StopAsked(BaseException):
    """SIGINT or SIGTERM came; not an error."""


class Children:
    """Programs by name, in our process group, so that what ends the group ends them too."""

    def __init__(self) -> None:
        """Begin with none."""
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start a program; what it says goes where ours goes."""
        self._processes[name] = subprocess.Popen(  # noqa: S603 - our own commands, no shell
            command, env=dict(environ), stdin=subprocess.DEVNULL
        )

    def is_running(self, name: str) -> bool:
        """Whether a program of that name was started and has not ended."""
        return name in self._processes and self._processes[name].poll() is None

    def wait_for(self, name: str, port: int, path: str) -> None:
        """Wait until a program answers on the loopback interface.

        Raises:
            ChildEnded: it ended, or gave no answer for a minute.
        """
        deadline = time.monotonic() + _SECONDS_TO_START
        while not _answers(port, path):
            if self._processes[name].poll() is not None or time.monotonic() > deadline:
                raise ChildEnded(f"{name} did not start.")
            time.sleep(0.02)

    def wait(self) -> NoReturn:
        """Wait until one ends, which none should.

        Raises:
            ChildEnded: one did.
        """
        while True:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
            for name, process in self._processes.items():
                if ended is not None and process.pid == ended.si_pid:
                    raise ChildEnded(f"{name} has ended.")
            os.waitid(os.P_PID, ended.si_pid if ended else 0, os.WEXITED)

    def stop(self) -> None:
        """End all of them."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def start_server(children: Children, environ: Mapping[str, str]) -> None:
    """Start `authwell serve` unless it runs."""
    if not children.is_running(SERVER):
        children.start(SERVER, [sys.executable, "-m", "authwell", "serve"], environ)


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the block; further ones are ignored, because we are stopping."""

    def stop(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise StopAsked

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except StopAsked:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
