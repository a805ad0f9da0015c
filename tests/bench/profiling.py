"""`./test bench --profile W4`: where the application spends its time, by py-spy."""

import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.bench.costs import cpu_seconds
from tests.bench.measure import warm
from tests.bench.stage import Stage
from tests.bench.workloads import Workload
from tests.parts.processes import PartFailed, shared_folder

SAMPLES_PER_SECOND = 250
SHOWN = 45
WIDTH = 90


def profile(stage: Stage, workload: Workload, seconds: float) -> str:
    """Drive a workload while the application is sampled; tables of the dearest functions."""
    warm_up, counted = warm(stage, workload)
    data = workload.data(stage)
    output = shared_folder() / "profile.txt"
    recording = threading.Thread(target=_record, args=(stage.server.pid, output, seconds))
    before = cpu_seconds(stage.server.pid)
    recording.start()
    outcome = stage.load.run(workload.script, data, seconds + 1, ends_itself=workload.ends_itself)
    recording.join()
    spent = (cpu_seconds(stage.server.pid) - before) * 1e6 / max(1, outcome.chains)
    stacks = list(read_stacks(output.read_text().splitlines()))
    parts = [
        f"\n{workload.name} {workload.title}: {outcome.chains} {workload.unit}s sampled",
        f"{spent:.0f} us of the application for each; errors: {outcome.errors}",
        _table("own time", own_time(stacks), stacks, spent),
        _table("with what it calls", cumulative_time(stacks), stacks, spent),
        "statements for each, in the warm-up:",
        *(
            f"{count / max(1, warm_up.chains):8.2f}  {query[:200]}"
            for query, count in counted.most_common(15)
        ),
    ]
    return "\n".join(parts)


Stack = tuple[tuple[str, ...], int]


def read_stacks(lines: Iterable[str]) -> Iterable[Stack]:
    """The stacks of py-spy's raw format, the outermost function first, with their samples."""
    for line in lines:
        text, _, samples = line.rpartition(" ")
        frames = tuple(frame for frame in text.split(";") if not frame.startswith("process "))
        if frames:
            yield frames, int(samples)


def own_time(stacks: Iterable[Stack]) -> Counter[str]:
    """Samples in which a function itself ran."""
    counted = Counter[str]()
    for frames, samples in stacks:
        counted[frames[-1]] += samples
    return counted


def cumulative_time(stacks: Iterable[Stack]) -> Counter[str]:
    """Samples in which a function or something that it called ran."""
    counted = Counter[str]()
    for frames, samples in stacks:
        for frame in set(frames):
            counted[frame] += samples
    return counted


def _table(title: str, counted: Counter[str], stacks: list[Stack], spent: float) -> str:
    total = max(1, sum(samples for _, samples in stacks))
    lines = [
        f"{samples / total:7.1%} {samples / total * spent:8.0f}  {name[:WIDTH]}"
        for name, samples in counted.most_common(SHOWN)
    ]
    return "\n".join([f"\n{title}", "  share       us  function", *lines])


def _record(pid: int, output: Path, seconds: float) -> None:
    program = shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if program is None:
        raise PartFailed("py-spy is missing; ./test installs it.")
    command = [program, "record", "--subprocesses", "--gil", "--function"]
    command += [
        "--format",
        "raw",
        "--rate",
        str(SAMPLES_PER_SECOND),
        "--duration",
        str(round(seconds)),
    ]
    done = subprocess.run(
        [*command, "--output", output, "--pid", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    if not output.exists():
        raise PartFailed(f"py-spy failed:\n{done.stderr[-2000:]}")
