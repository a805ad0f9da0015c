"""`./test bench`: speed, statements, memory and start-up (docs/operations/performance.md)."""

import argparse
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from tests.bench.costs import proportional_mebibytes
from tests.bench.measure import least, measure
from tests.bench.organizations import REPORTS as OF_ORGANIZATIONS
from tests.bench.people import REPORTS as OF_PEOPLE
from tests.bench.profiling import profile
from tests.bench.report import EXPLANATION, Run, ending, heading, line, load_average
from tests.bench.reports import Report
from tests.bench.stage import stage, take_precedence
from tests.bench.workloads import Workload, chosen
from tests.bench.yardstick import signature_microseconds
from tests.parts import processes

SERVERS = ("granian", "gunicorn")
LIMITED = "granian"
"""The server that the limits speak of."""


def main() -> None:
    """Measure, print, and fail if an answer was wrong; being slow is no failure."""
    options = _options()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    take_precedence()
    with _alone(), processes.run_folder():
        if options.profile:
            _profile(options.server or LIMITED, chosen(options.profile), options.seconds)
            return
        servers = [options.server] if options.server else SERVERS
        print(f"{EXPLANATION}\n{load_average()}")
        runs = [_run(server, chosen(options.only), options) for server in servers]
    if options.json:
        options.json.write_text(json.dumps([_as_json(run) for run in runs], indent=2))
    if any(run.errors for run in runs):
        raise SystemExit("There were errors: the figures beside them mean nothing.")


@contextmanager
def _alone() -> Iterator[None]:
    """Wait for other measurements on this machine: two at once would measure each other."""
    lock = FileLock(Path(tempfile.gettempdir()) / "authwell-bench.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        print("Waiting for another ./test bench on this machine ...", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./test bench", description=__doc__)
    parser.add_argument("--server", choices=SERVERS, help="default: both, one after the other")
    parser.add_argument("--only", metavar="W2,W4,P-ENUM", help="these workloads and reports")
    parser.add_argument("--profile", metavar="W4", help="show where these spend their time")
    parser.add_argument("--seconds", type=float, default=3, help="for each workload; default: 3")
    parser.add_argument("--repeat", type=int, default=3, help="keep the cheapest of so many; 3")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    return parser.parse_args()


def _run(server: str, workloads: list[Workload], options: argparse.Namespace) -> Run:
    with_limits = server == LIMITED
    with stage(server, _folder(server)) as ready:
        print(heading(server), flush=True)
        results = []
        for workload in workloads:
            repeated = [measure(ready, workload, options.seconds) for _ in range(options.repeat)]
            results.append(least(repeated))
            print(line(results[-1], with_limits=with_limits), flush=True)
        for report in _chosen_reports(options.only):
            print(f"{report.name} {report.title}", flush=True)
            for text in report.lines(ready):
                print(f"    {text}", flush=True)
        run = Run(
            server=server,
            signature=signature_microseconds(),
            results=results,
            start_seconds=ready.start_seconds,
            idle_memory=ready.idle_memory,
            memory_after=proportional_mebibytes(ready.server.pid),
            with_limits=with_limits,
        )
        print(ending(run), flush=True)
        return run


def _chosen_reports(only: str | None) -> list[Report]:
    """The reports that a list of names means; `P` is all of people, and none is everything."""
    reports = [*OF_ORGANIZATIONS, *OF_PEOPLE]
    if only is None:
        return reports
    wanted = {name.strip() for name in only.split(",")}
    return [found for found in reports if wanted & {found.name, found.name.partition("-")[0]}]


def _profile(server: str, workloads: list[Workload], seconds: float) -> None:
    with stage(server, _folder(server)) as ready:
        for workload in workloads:
            print(profile(ready, workload, seconds), flush=True)


def _folder(server: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{server}-", dir=processes.shared_folder()))
    # PostgreSQL runs as another user and must get through.
    folder.chmod(0o755)
    return folder


def _as_json(run: Run) -> dict[str, object]:
    return {
        "server": run.server,
        "start_seconds": run.start_seconds,
        "idle_memory_mebibytes": run.idle_memory,
        "memory_after_mebibytes": run.memory_after,
        "load_average": os.getloadavg(),
        "rsa_signature_microseconds": run.signature,
        "workloads": [result.as_json() for result in run.results],
    }


if __name__ == "__main__":
    main()
