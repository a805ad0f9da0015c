"""The log: one JSON object a line, on standard output and if wanted in a file.

Our own lines come through structlog, those of libraries through `logging`; both get the
same shape and lose their secrets on the way (THREATS.md LG-01, LG-02, LG-06).
"""

import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Final, TextIO, cast

import orjson
import structlog
from structlog.dev import ConsoleRenderer
from structlog.typing import FilteringBoundLogger

from authwell.utils.scrubbing import scrub, scrub_text

Event = MutableMapping[str, Any]
Render = Callable[[Event], bytes]

_MOST_A_SECOND: Final = 500
_OFTEN_FROM_OUTSIDE: Final = frozenset({"warning", "error"})

_least = [logging.WARNING]
_request: ContextVar[tuple[str | None, str | None]] = ContextVar("request", default=(None, None))


def bind_request(request_id: str | None, tenant: str | None = None) -> None:
    """Let the lines of this thread name the request, and its tenant when it is known."""
    _request.set((request_id, tenant))


def bound_request_id() -> str | None:
    """Return the identifier of the request that this thread works on."""
    return _request.get()[0]


def get_logger(name: str) -> FilteringBoundLogger:
    """Return the logger of a part of the program."""
    return cast(FilteringBoundLogger, structlog.get_logger(area=name))


def writes_every_request() -> bool:
    """Return whether lines of level INFO are written: hot paths ask before they make one."""
    return _least[0] <= logging.INFO


def configure_logs(
    level: str,
    log_file: Path | None = None,
    *,
    for_people: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Set the log up for the whole process; calling it again replaces the earlier set-up.

    Args:
        level: the least level that is written.
        log_file: a second place, where lines are JSON always.
        for_people: write coloured text instead of JSON if `stream` is a terminal.
        stream: a file with a descriptor; standard output if None.
    """
    place = sys.stdout if stream is None else stream
    number = _least[0] = logging.getLevelNamesMapping()[level]
    on_terminal = for_people and place.isatty()
    outputs = [_Output(place.fileno(), _Console() if on_terminal else render_json)]
    if log_file is not None:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        outputs.append(_Output(os.open(log_file, flags, 0o640), render_json))
    log = _Log(outputs)
    structlog.configure(
        processors=[log.write],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    _route_standard_library(log, number)


def render_json(event: Event) -> bytes:
    """Return one line of JSON."""
    return orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)


class _Console:
    """Coloured text for a person at a terminal."""

    def __init__(self) -> None:
        self._renderer = ConsoleRenderer(timestamp_key="at", exception_formatter=_no_exception)

    def __call__(self, event: Event) -> bytes:
        trace = event.pop("exception", None)
        line = str(self._renderer(None, "", event))
        return f"{line}\n{trace}\n".encode() if trace else f"{line}\n".encode()


def _no_exception(_stream: TextIO, _info: object) -> None:
    """Exceptions are text already when a line is rendered."""


class _Output:
    """One place for lines; what cannot be written is lost, never an error of a request."""

    def __init__(self, descriptor: int, render: Render) -> None:
        self._descriptor = descriptor
        self._render = render

    def write(self, event: Event) -> None:
        line = self._render(dict(event))
        with suppress(OSError):
            while line:
                line = line[os.write(self._descriptor, line) :]


class _Log:
    """Completes an event and hands it to the outputs."""

    def __init__(self, outputs: list[_Output]) -> None:
        self._outputs = outputs
        self._counts: dict[str, int] = {}
        self._until = 0.0
        self._lock = threading.Lock()

    def write(self, _logger: object, level: str, event: Event) -> Event:
        """Write one event; the last processor of structlog."""
        name = str(event.get("event", ""))
        if level in _OFTEN_FROM_OUTSIDE and self._is_flood(name):
            raise structlog.DropEvent
        self._put(level, event)
        raise structlog.DropEvent

    def _put(self, level: str, event: Event) -> None:
        whole = _complete(level, event)
        for output in self._outputs:
            output.write(whole)

    def _is_flood(self, name: str) -> bool:
        """Count events by name; beyond a number in a second their repeats are dropped."""
        with self._lock:
            now = monotonic()
            dropped: dict[str, int] = {}
            if now >= self._until:
                counts, self._counts, self._until = self._counts, {}, now + 1
                dropped = {n: c - _MOST_A_SECOND for n, c in counts.items() if c > _MOST_A_SECOND}
            count = self._counts.get(name, 0) + 1
            if count > 1 or len(self._counts) < _MOST_A_SECOND:
                self._counts[name] = count
        for lost, number in dropped.items():
            self._put("warning", {"event": "log.dropped", "of": lost, "count": number})
        return count > _MOST_A_SECOND


def _complete(level: str, event: Event) -> Event:
    request_id, tenant = _request.get()
    whole: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "level": level,
        "event": scrub_text(str(event.pop("event", ""))),
    }
    if request_id is not None:
        whole["request_id"] = request_id
    if tenant is not None:
        whole["tenant"] = tenant
    trace = _trace(event.pop("exc_info", None))
    whole |= cast(Mapping[str, Any], scrub(event))
    if trace is not None:
        whole["exception"] = trace
    return whole


def _trace(info: object) -> str | None:
    """Return the trace of an exception without the text of its lines' values."""
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if not isinstance(info, tuple) or info[0] is None:
        return None
    kind, error, where = cast(tuple[type[BaseException], BaseException, TracebackType | None], info)
    lines = traceback.format_exception(kind, error, where, limit=-20)
    return "".join(lines[:1] + [scrub_text(line) for line in lines[1:]])[-8192:]


class _FromStandardLibrary(logging.Handler):
    """Gives the lines of libraries the same shape."""

    def __init__(self, log: _Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        event: Event = {"event": record.getMessage(), "area": record.name}
        if record.exc_info:
            event["exc_info"] = record.exc_info
        with suppress(structlog.DropEvent):
            self._log.write(None, record.levelname.lower(), event)


def _route_standard_library(log: _Log, number: int) -> None:
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, _FromStandardLibrary)]:
        root.removeHandler(handler)
    root.addHandler(_FromStandardLibrary(log))
    # The chatter of libraries helps nobody who follows our own lines.
    root.setLevel(max(number, logging.INFO))
    logging.captureWarnings(capture=True)
