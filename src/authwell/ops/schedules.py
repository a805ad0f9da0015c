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
from typing import TYPE_CHECKING, Protocol

from authwell.ops.background import Background
from authwell.storage.work.leases import Leases
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
        is_quiet: it runs so often that only its failures are.
    """

    name: str
    every: timedelta
    run: Callable[[datetime], object]
    is_quiet: bool = False


class Schedules:
    """The tasks of one process."""

    def __init__(self, tasks: Sequence[Task], leases: Leases, clock: Clock = utc_now) -> None:
        """Take the tasks; nothing runs before `start`."""
        self._tasks = tuple(tasks)
        self._leases = leases
        self._clock = clock
        self._holder = new_id()
        self._background = Background("authwell-schedules", self._work, at_end=self._give_back)
        _be_another_after_fork(self)

    def start(self) -> None:
        """Start the thread if this process has none; costs nothing when it has."""
        self._background.start()

    def stop(self) -> None:
        """Let a running task end, and give the leases back so that another process goes on."""
        self._background.stop()

    def run_due(self, tasks: Iterable[Task] | None = None) -> dict[str, object]:
        """Run the tasks whose lease is free; what they returned."""
        results: dict[str, object] = {}
        for task in self._tasks if tasks is None else tasks:
            now = self._clock()
            if self._leases.take(task.name, self._holder, task.every, now):
                results[task.name] = task.run(now)
        return results

    def be_another(self) -> None:
        """In a child after a fork: the leases of the parent are not ours."""
        self._holder = new_id()

    def _give_back(self) -> None:
        for task in self._tasks:
            self._leases.give_back(task.name, self._holder)

    def _work(self, ended: threading.Event) -> None:
        # Processes that start together shall not ask for the same leases together.
        wait = random.uniform(0.5, 3)  # noqa: S311 - spreads load, protects nothing
        due = {task.name: self._clock() for task in self._tasks}
        while not ended.wait(wait):
            for task in self._tasks:
                if due[task.name] <= self._clock() and not ended.is_set():
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
            if results.get(task.name) and not task.is_quiet:
                _log.info("task.done", task=task.name, result=results[task.name])


class Startable(Protocol):
    """What a served process does beside answering."""

    def start(self) -> None:
        """Begin, if it has not begun yet."""
        ...


class StartsWithFirstRequest:
    """A WSGI layer that starts the tasks with the first request.

    A server may fork after the application was made, and threads do not survive that.
    """

    __slots__ = ("_application", "_others")

    def __init__(self, application: "WSGIApplication", *others: Startable) -> None:
        """Wrap an application."""
        self._application = application
        self._others = others

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        for other in self._others:
            other.start()
        return self._application(environ, start_response)


def _be_another_after_fork(schedules: Schedules) -> None:
    reference = weakref.ref(schedules)

    def be_another() -> None:
        survivor = reference()
        if survivor is not None:
            survivor.be_another()

    os.register_at_fork(after_in_child=be_another)
