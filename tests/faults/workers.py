"""The workers of a server, which tests kill."""

from time import monotonic, sleep

import psutil

from tests.support.site import Site

SECONDS_TO_RECOVER = 30


def workers(site: Site) -> list[psutil.Process]:
    """The processes that serve, the oldest first."""
    return sorted(psutil.Process(site.server.pid).children(), key=psutil.Process.create_time)


def kill(site: Site, worker: psutil.Process, number: int) -> None:
    """Kill a worker, and wait until another process has taken its place."""
    worker.kill()
    deadline = monotonic() + SECONDS_TO_RECOVER
    while worker in (present := workers(site)) or len(present) < number:
        assert monotonic() < deadline, site.server.log()
        sleep(0.02)
