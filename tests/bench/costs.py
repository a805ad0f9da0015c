"""What processes cost: CPU and memory of whole process trees, from /proc."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import psutil


def tree(pid: int) -> Iterator[psutil.Process]:
    """A process and all that descend from it."""
    root = psutil.Process(pid)
    yield root
    yield from root.children(recursive=True)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process tree, with that of its children that have ended."""
    total = 0.0
    for process in tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def proportional_mebibytes(pid: int) -> float:
    """Proportional set size of a process tree: shared pages are counted once."""
    kibibytes = 0
    for process in tree(pid):
        with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError):
            for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kibibytes += int(line.split()[1])
    return kibibytes / 1024
