"""The log has one shape for our lines and those of libraries."""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import pytest

from authwell.utils.logs import bind_request, bound_request_id, configure_logs, get_logger

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Lines]:
    place = tmp_path / "log"
    with place.open("w") as stream:
        configure_logs("INFO", stream=stream)
        yield lambda: [json.loads(line) for line in place.read_text().splitlines()]
    bind_request(None)
    configure_logs("WARNING")


@pytest.mark.req("N7", "L7")
def test_a_line_names_time_level_event_and_part(lines: Lines) -> None:
    get_logger("keys").info("key.rotated", kid="k1")

    [line] = lines()
    assert (line["level"], line["event"], line["area"]) == ("info", "key.rotated", "keys")
    assert line["kid"] == "k1"
    assert datetime.fromisoformat(line["at"]).utcoffset() is not None


@pytest.mark.req("M13")
def test_a_line_names_the_request_and_tenant_of_its_thread(lines: Lines) -> None:
    bind_request("r-1", "default")
    other = threading.Thread(target=lambda: get_logger("x").warning("elsewhere"))
    other.start()
    other.join()

    get_logger("x").warning("here")

    elsewhere, here = lines()
    assert "request_id" not in elsewhere
    assert (here["request_id"], here["tenant"]) == ("r-1", "default")
    assert bound_request_id() == "r-1"


def test_a_library_gets_the_same_shape_and_loses_its_secrets(lines: Lines) -> None:
    logging.getLogger("library").warning("sent %s", "token=hunter2")

    [line] = lines()
    assert (line["area"], line["level"]) == ("library", "warning")
    assert line["event"] == "sent token=[scrubbed]"


@pytest.mark.req("LG-02")
def test_an_exception_is_told_without_its_secrets(lines: Lines) -> None:
    try:
        int("password=hunter2")
    except ValueError:
        get_logger("x").exception("failed")

    [line] = lines()
    assert "ValueError" in line["exception"]
    assert "hunter2" not in line["exception"]


@pytest.mark.req("LG-01")
def test_a_new_line_in_a_value_makes_no_new_line_in_the_log(lines: Lines) -> None:
    get_logger("x").info("event", agent='a\n{"event":"forged"}')

    assert len(lines()) == 1


def test_a_line_below_the_level_is_not_written(lines: Lines) -> None:
    get_logger("x").debug("hidden")

    assert lines() == []


@pytest.mark.req("LG-06")
def test_repeats_of_a_refusal_are_sampled_but_ordinary_lines_are_not(lines: Lines) -> None:
    log = get_logger("x")
    for _ in range(3000):
        log.warning("refused")
        log.info("issued")

    events = [line["event"] for line in lines()]
    assert events.count("issued") == 3000
    assert 500 <= events.count("refused") < 2900


@pytest.mark.req("O27")
def test_a_file_gets_the_same_lines(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("w") as stream:
        configure_logs("INFO", tmp_path / "logs" / "auth.log", stream=stream)
        get_logger("x").info("event")
    configure_logs("WARNING")

    assert (tmp_path / "logs" / "auth.log").read_text() == (tmp_path / "stream").read_text()


def full() -> TextIO:
    """A disk without space."""
    return Path("/dev/full").open("w")


def closed() -> TextIO:
    """A pipe that nobody reads any more."""
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w")


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("open_place", [full, closed])
def test_a_full_or_closed_place_is_no_error_of_the_caller(
    open_place: Callable[[], TextIO], tmp_path: Path
) -> None:
    other = tmp_path / "auth.log"
    with open_place() as stream:
        configure_logs("INFO", other, stream=stream)

        get_logger("x").info("lost here")

    assert json.loads(other.read_text())["event"] == "lost here"
