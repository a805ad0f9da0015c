"""Jobs: work with a time from which any instance may do it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from authwell.models.work import jobs
from authwell.storage.changes import NewRow
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.storage.work.queues import Queue
from authwell.utils.randomness import new_id

CLAIMED_FOR = timedelta(minutes=10)

ADD_JOB = Statement(NewRow(jobs, "new").alone())
_QUEUE = Queue(jobs, due="run_at")


@dataclass(frozen=True, slots=True)
class Job:
    """A job; `attempts` counts this claim too."""

    name: str
    payload: Mapping[str, Any]
    run_at: datetime
    attempts: int = 0
    id: str = field(default_factory=new_id)


class Jobs:
    """Jobs are added once, and claimed, done and finished by a worker."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def add(self, job: Job) -> None:
        """Keep a job.

        Raises:
            Conflict: one with its id was added before.
        """
        values = {
            "new_id": job.id,
            "new_name": job.name,
            "new_payload": dict(job.payload),
            "new_run_at": job.run_at,
            "new_attempts": 0,
            "new_claimed_until": None,
            "new_done_at": None,
            "new_last_error": None,
        }
        self._database.write(ADD_JOB, values)

    def claim(self, now: datetime, limit: int = 10) -> tuple[Job, ...]:
        """Claim due jobs; who does not finish them loses them after ten minutes."""
        rows = _QUEUE.claim(self._database, now, limit, CLAIMED_FOR)
        return tuple(Job(row.name, row.payload, row.run_at, row.attempts, row.id) for row in rows)

    def finish(self, job: Job, now: datetime) -> bool:
        """Note that it was done; False if the claim was lost meanwhile."""
        return _QUEUE.finish(self._database, job, now)

    def fail(self, job: Job, error: str, now: datetime) -> bool:
        """Try again later; False if the claim was lost meanwhile."""
        return _QUEUE.fail(self._database, job, error, now)
