"""Many doing the same at once: twenty threads of one process, or four processes."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any, TypeVar

import pytest

from authwell.storage.database import Database
from tests.storage.worlds import populate

T = TypeVar("T")

THREADS = 20
PROCESSES = 4


_start: list[Any] = []


@dataclass(frozen=True)
class Race:
    """A way of doing something at once on a database."""

    url: str
    processes: ProcessPoolExecutor | None

    def run(self, runner: Callable[..., T], *arguments: Any) -> list[T]:
        """What each runner returned; it is called with a database, its number and `arguments`."""
        if self.processes is None:
            return self._in_threads(runner, arguments)
        runs = [
            self.processes.submit(_run, self.url, runner, number, arguments)
            for number in range(PROCESSES)
        ]
        return [run.result() for run in runs]

    def _in_threads(self, runner: Callable[..., T], arguments: Sequence[Any]) -> list[T]:
        database = Database(self.url)
        start = Barrier(THREADS)

        def run(number: int) -> T:
            start.wait()
            return runner(database, number, *arguments)

        with ThreadPoolExecutor(THREADS) as pool:
            results = list(pool.map(run, range(THREADS)))
        database.close()
        return results


def _begin(start: Any) -> None:
    _start.append(start)


def _run(url: str, runner: Callable[..., T], number: int, arguments: Sequence[Any]) -> T:
    database = Database(url)
    _start[0].wait()
    result = runner(database, number, *arguments)
    database.close()
    return result


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Four processes; the barrier gives each of them one of four runs."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(PROCESSES)
    with ProcessPoolExecutor(PROCESSES, context, _begin, (start,)) as pool:
        yield pool


@pytest.fixture(params=["threads", "processes"])
def race(request: pytest.FixtureRequest, database_url: str) -> Race:
    """Threads and processes, on a populated database of each kind."""
    database = Database(database_url)
    populate(database)
    database.close()
    if request.param == "threads":
        return Race(database_url, None)
    return Race(database_url, request.getfixturevalue("processes"))
