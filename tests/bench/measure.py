"""One measurement: a warm-up, whose statements are counted, then the time that is measured."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from tests.bench.costs import cpu_seconds
from tests.bench.load import Outcome
from tests.bench.stage import Stage
from tests.bench.workloads import Workload

WARM_UP_SECONDS = 2
LONGEST_SECONDS = 120
"""Of a workload that ends by itself."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one unit of a workload costs: a request, or a chain of requests."""

    name: str
    title: str
    unit: str
    at_most: float | None
    requests: int
    units: int
    per_second: float
    p50: float
    p99: float
    app: float
    """CPU milliseconds of the application's processes for each unit; so are the next two."""
    postgresql: float
    redis: float
    statements: float
    """Sent for each unit, those of transactions counted."""
    errors: int
    first_error: str
    load_share: float

    @property
    def total(self) -> float:
        """What the limit speaks of: the application and PostgreSQL together."""
        return self.app + self.postgresql

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        return {**asdict(self), "total": self.total}


def measure(stage: Stage, workload: Workload, seconds: float) -> Result:
    """Warm up and measure one workload."""
    warm_up, counted = warm(stage, workload)
    data = workload.data(stage)
    before = _cpu(stage)
    outcome = _drive(stage, workload, data, seconds)
    after = _cpu(stage)
    errors, first_error = warm_up.errors + outcome.errors, outcome.first_error
    if workload.check is not None:
        checked = workload.check(stage, data)
        errors, first_error = errors + checked.errors, first_error or checked.first_error
    cost = {name: (after[name] - before[name]) * 1000 / max(1, outcome.chains) for name in before}
    return Result(
        name=workload.name,
        title=workload.title,
        unit=workload.unit,
        at_most=workload.at_most,
        requests=outcome.requests,
        units=outcome.chains,
        per_second=outcome.per_second,
        p50=outcome.percentile(0.50),
        p99=outcome.percentile(0.99),
        statements=counted.total() / max(1, warm_up.chains),
        errors=errors,
        first_error=first_error or warm_up.first_error,
        load_share=outcome.load_share,
        **cost,
    )


def least(results: Sequence[Result]) -> Result:
    """The cheapest of several measurements, with the errors of all of them.

    Other programs on the machine only ever add to the CPU time of a request.
    """
    cheapest = min(results, key=lambda result: result.total)
    first_error = next((result.first_error for result in results if result.errors), "")
    errors = sum(result.errors for result in results)
    return replace(cheapest, errors=errors, first_error=first_error)


def warm(stage: Stage, workload: Workload) -> tuple[Outcome, Counter[str]]:
    """Drive a workload shortly; the statements that it sent."""
    data = workload.data(stage)
    stage.statements.begin()
    outcome = _drive(stage, workload, data, WARM_UP_SECONDS)
    return outcome, stage.statements.end()


def _drive(stage: Stage, workload: Workload, data: Mapping[str, Any], seconds: float) -> Outcome:
    longest = LONGEST_SECONDS if workload.ends_itself else seconds
    return stage.load.run(workload.script, data, longest, ends_itself=workload.ends_itself)


def _cpu(stage: Stage) -> dict[str, float]:
    return {
        "app": cpu_seconds(stage.server.pid),
        "postgresql": cpu_seconds(stage.postgresql),
        "redis": cpu_seconds(stage.redis),
    }
