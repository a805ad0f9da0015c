"""The tables that `./test bench` prints."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.measure import Result
from tests.bench.yardstick import QUIET_MICROSECONDS

MEMORY_AT_MOST = 160
START_AT_MOST = 3.0

HEADINGS = (
    ("workload", 46),
    ("per s", 8),
    ("p50 ms", 8),
    ("p99 ms", 8),
    ("app", 7),
    ("PG", 7),
    ("Redis", 7),
    ("app+PG", 8),
    ("at most", 8),
    ("stmts", 7),
    ("errors", 7),
    ("load", 6),
)
EXPLANATION = """\
CPU milliseconds (app, PG, Redis, app+PG, at most) are for each request, or for each chain of
requests where the name says so; from /proc, children included. stmts: statements sent to
PostgreSQL for each, BEGIN and COMMIT counted, in the warm-up. load: share of its core that the
load generator used; near 100% it was the bottleneck of "per s", not of the CPU figures.
One worker, PostgreSQL (fsync and synchronous_commit on) and Redis share one core; 8 connections,
kept alive. Rate limits are on and too high to be reached. Each line is the cheapest of several
measurements (--repeat), because other programs on the machine only add to CPU time."""


@dataclass(frozen=True, slots=True)
class Run:
    """All that was measured with one WSGI server."""

    server: str
    signature: float
    """CPU microseconds of the yardstick just afterwards."""
    results: Sequence[Result]
    start_seconds: float
    idle_memory: float
    memory_after: float
    with_limits: bool

    @property
    def errors(self) -> int:
        """Of all workloads."""
        return sum(result.errors for result in self.results)


def heading(server: str) -> str:
    """What stands above the lines of one server."""
    names = [name.ljust(width) if i == 0 else name.rjust(width) for i, (name, width) in _indexed()]
    title = f"\nSERVER={server}"
    return f"{title}\n{''.join(names).rstrip()}"


def line(result: Result, *, with_limits: bool) -> str:
    """One workload."""
    unit = "" if result.unit == "request" else f" (a {result.unit})"
    limit = f"{result.at_most:.2f}" if with_limits and result.at_most is not None else "-"
    cells = (
        f"{result.name} {result.title}{unit}",
        f"{result.per_second:.0f}",
        f"{result.p50:.2f}",
        f"{result.p99:.2f}",
        f"{result.app:.3f}",
        f"{result.postgresql:.3f}",
        f"{result.redis:.3f}",
        f"{result.total:.3f}{_mark(result, with_limits=with_limits)}",
        limit,
        f"{result.statements:.2f}",
        str(result.errors),
        f"{result.load_share:.0%}",
    )
    text = "".join(
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for (i, (_, width)), cell in zip(_indexed(), cells, strict=True)
    )
    return f"{text}\n    first error: {result.first_error}" if result.errors else text


def ending(run: Run) -> str:
    """Memory and start-up."""
    memory, start = f"{run.idle_memory:.0f} MiB", f"{run.start_seconds:.2f} s"
    if run.with_limits:
        memory += f" (at most {MEMORY_AT_MOST})"
        start += f" (at most {START_AT_MOST:.0f})"
    return (
        f"idle memory of master and worker, PSS: {memory}; after the load: "
        f"{run.memory_after:.0f} MiB; warm start to the first answer: {start}\n"
        f"{load_average()}; one RSA-2048 signature now takes {run.signature:.0f} us of CPU"
        f" ({QUIET_MICROSECONDS} on a quiet core)"
    )


def load_average() -> str:
    """How busy the machine is."""
    one, five, fifteen = os.getloadavg()
    return f"load average: {one:.2f} {five:.2f} {fifteen:.2f} on {os.cpu_count()} cores"


def _mark(result: Result, *, with_limits: bool) -> str:
    over = result.at_most is not None and result.total > result.at_most
    return "!" if with_limits and over else ""


def _indexed() -> list[tuple[int, tuple[str, int]]]:
    return list(enumerate(HEADINGS))
