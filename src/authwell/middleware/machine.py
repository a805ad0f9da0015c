"""What this process and its machine use, for `/metrics` (REQUIREMENTS.md N6)."""

from collections.abc import Iterator

import psutil
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class MachineFigures(Collector):
    """Read when they are asked for; of several workers, those of the one that answers."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read them now."""
        process = psutil.Process()
        with process.oneshot():
            cpu = process.cpu_times()
            yield _gauge("worker_cpu_seconds", "CPU time of the worker.", cpu.user + cpu.system)
            yield _gauge(
                "worker_resident_bytes", "Memory of the worker.", process.memory_info().rss
            )
            yield _gauge("worker_threads", "Threads of the worker.", process.num_threads())
            yield _gauge("worker_started_seconds", "When it started.", process.create_time())
        memory = psutil.virtual_memory()
        yield _gauge("machine_memory_bytes", "Memory of the machine.", memory.total)
        yield _gauge("machine_memory_available_bytes", "Memory left.", memory.available)
        yield _gauge("machine_load", "Load average of a minute.", psutil.getloadavg()[0])


def _gauge(name: str, description: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"authwell_{name}", description, value=value)
