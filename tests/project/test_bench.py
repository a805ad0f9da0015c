"""`./test bench`: what it computes, without measuring anything."""

from dataclasses import replace

import pytest

from tests.bench.load import Outcome, to_lua
from tests.bench.measure import Result, least
from tests.bench.profiling import cumulative_time, own_time, read_stacks
from tests.bench.report import line
from tests.bench.workloads import chosen

RESULT = Result(
    name="W3",
    title="introspection",
    unit="request",
    at_most=0.40,
    requests=1000,
    units=1000,
    per_second=2000,
    p50=3.5,
    p99=7.0,
    app=0.30,
    postgresql=0.05,
    redis=0.0,
    statements=1.0,
    errors=0,
    first_error="",
    load_share=0.1,
)


def test_a_name_means_all_of_its_variants() -> None:
    names = [workload.name for workload in chosen("W2,W6")]

    assert names == ["W2", "W2-ES", "W2-O", "W6"]


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(SystemExit, match="W5b"):
        chosen("W9")


def test_lua_text_is_quoted() -> None:
    assert to_lua({"a": ['"\\\n', 1, True]}) == '{["a"]={"\\034\\092\\010",1,true}}'


def test_a_percentile_is_in_milliseconds() -> None:
    times = [float(number * 1000) for number in range(1, 101)]
    outcome = Outcome(100, 100, 0, "", 1.0, times, 0.5)

    assert (outcome.percentile(0.50), outcome.percentile(0.99)) == (51.0, 100.0)


def test_the_cheapest_measurement_keeps_the_errors_of_all() -> None:
    dear = replace(RESULT, app=0.9, errors=2, first_error="not 200")

    kept = least([dear, RESULT])

    assert (kept.app, kept.errors, kept.first_error) == (0.30, 2, "not 200")


def test_what_is_over_its_limit_is_marked() -> None:
    over = replace(RESULT, app=0.36)

    assert "0.410!" in line(over, with_limits=True)
    assert "0.350!" not in line(RESULT, with_limits=True)
    assert "!" not in line(over, with_limits=False)


def test_a_profile_counts_a_recursive_function_once() -> None:
    stacks = list(read_stacks(["process 1:x;a;b;a 3", "process 1:x;a 1", "process 1:x 5"]))

    assert own_time(stacks) == {"a": 4}
    assert cumulative_time(stacks) == {"a": 4, "b": 3}
