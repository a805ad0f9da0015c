"""Periodic work of a served process: one thread, and for each task a lease that one instance holds.

The lease of a task lasts until the task is due again, so of any number of processes on any
number of machines one runs it in each period.
"""

import os
import random
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING

from authwell.storage.leases import Leases
from authwell.utils.clock import Clock, utc_now
from authwell.utils.logs import get_logger
from authwell.utils.randomness import new_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """Something that has to be done again and again.

    Attributes:
        run: does it, for the present time; what it returns is logged.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], object]


class Schedules:
    """The tasks of one process."""

    def __init__(self, tasks: Sequence[Task], leases: Leases, clock: Clock = utc_now) -> None:
        """Take the tasks; nothing runs before `start`."""
        self._tasks = tuple(tasks)
        self._leases = leases
        self._clock = clock
        self._holder = new_id()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        _begin_anew_after_fork(self)

    def start(self) -> None:
        """Start the thread if this process has none; costs nothing when it has."""
        if self._thread is not None:
            return
        with self._lock:
            if not self._ended.is_set() and not self._is_running():
                self._thread = threading.Thread(
                    target=self._work, name="authwell-schedules", daemon=True
                )
                self._thread.start()
                # Runs at the end of a process, also of one that multiprocessing made.
                Finalize(None, self.stop, exitpriority=10)

    def stop(self) -> None:
        """Let a running task end, and give the leases back so that another process goes on."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None
            for task in self._tasks:
                self._leases.give_back(task.name, self._holder)

    def run_due(self, tasks: Iterable[Task] | None = None) -> dict[str, object]:
        """Run the tasks whose lease is free; what they returned."""
        results: dict[str, object] = {}
        for task in self._tasks if tasks is None else tasks:
            now = self._clock()
            if self._leases.take(task.name, self._holder, task.every, now):
                results[task.name] = task.run(now)
        return results

    def begin_anew(self) -> None:
        """In a child after a fork: threads and locks of the parent are not ours."""
        self._holder = new_id()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = None

    def _is_running(self) -> bool:
        return self._thread is not None

    def _work(self) -> None:
        # Processes that start together shall not ask for the same leases together.
        wait = random.uniform(0.5, 3)  # noqa: S311 - spreads load, protects nothing
        due = {task.name: self._clock() for task in self._tasks}
        while not self._ended.wait(wait):
            for task in self._tasks:
                if due[task.name] <= self._clock() and not self._ended.is_set():
                    self._try(task)
                    due[task.name] = self._clock() + task.every
            wait = max(0.1, (min(due.values()) - self._clock()).total_seconds())

    def _try(self, task: Task) -> None:
        try:
            results = self.run_due([task])
        except Exception as error:  # noqa: BLE001 - logged, whatever it is
            # The database may be away; the thread goes on, and the next period tries again.
            _log.exception("task.failed", task=task.name, error=type(error).__name__)
        else:
            if results.get(task.name):
                _log.info("task.done", task=task.name, result=results[task.name])


class StartsWithFirstRequest:
    """A WSGI layer that starts the tasks with the first request.

    A server may fork after the application was made, and threads do not survive that.
    """

    __slots__ = ("_application", "_schedules")

    def __init__(self, application: "WSGIApplication", schedules: Schedules) -> None:
        """Wrap an application."""
        self._application = application
        self._schedules = schedules

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        self._schedules.start()
        return self._application(environ, start_response)


def _begin_anew_after_fork(schedules: Schedules) -> None:
    reference = weakref.ref(schedules)

    def begin_anew() -> None:
        survivor = reference()
        if survivor is not None:
            survivor.begin_anew()

    os.register_at_fork(after_in_child=begin_anew)
