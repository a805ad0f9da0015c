"""`authwell explain REQUEST_ID`: which rule refused a request, from the JSON log."""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import IO, Any

import click
import orjson

from authwell.config.settings import SettingsError, read_settings
from authwell.ops.administration import as_json, print_json
from authwell.ops.explanations import ENDED, EXPLANATIONS, Explanation

REFUSALS = ("refused", "request.refused")
FAULTS = {
    "fault": "server_error",
    "storage.unavailable": "unavailable",
    "passwords.too_busy": "too_busy",
}
"""Lines of the log that tell of a request's end without naming a rule."""

MAX_ID = 128


@click.command()
@click.argument("request_id")
@click.option(
    "-f",
    "--file",
    "name",
    help="The log as lines of JSON; - is standard input. LOG_FILE if left out.",
)
@as_json
def explain(request_id: str, name: str | None, as_json: bool) -> None:
    """Say which rule refused a request, where it stands, what was compared, and what to do.

    REQUEST_ID is on every error page, in every error of our APIs and in the header
    X-Request-ID. Exit code 1: the log does not know the request.
    """
    with _open(name) as log:
        lines = list(_lines_of(log, request_id))
    if not lines:
        raise click.ClickException(
            f"No line of request {request_id[:MAX_ID]} is in the log. Refusals are written at "
            "the level WARNING: LOG_LEVEL and LOG_FILE must let them through."
        )
    findings = [_finding(line) for line in lines if line.get("event") in {*REFUSALS, *FAULTS}]
    if as_json:
        print_json({"request_id": request_id, "findings": findings})
        return
    if not findings:
        click.echo(_unrefused(lines))
    for finding in findings:
        _print(request_id, finding)


def _open(name: str | None) -> IO[Any]:
    path = name if name is not None else _log_file()
    try:
        return click.open_file(path, encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}") from error


def _log_file() -> str:
    """LOG_FILE, also where other settings are missing; else what is piped in."""
    found = os.environ.get("LOG_FILE")
    if not found:
        try:
            file = read_settings().log_file
        except SettingsError:
            file = None
        found = str(file) if file is not None else None
    if found:
        return found
    if sys.stdin.isatty():
        raise click.UsageError("Set LOG_FILE, name a file by --file, or pipe the log in.")
    return "-"


def _lines_of(log: Iterable[str], request_id: str) -> Iterator[dict[str, Any]]:
    for text in log:
        if request_id not in text:
            continue
        try:
            line = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        if isinstance(line, dict) and line.get("request_id") == request_id:
            yield line


def _finding(line: dict[str, Any]) -> dict[str, Any]:
    rule = str(FAULTS.get(str(line.get("event")), line.get("rule") or line.get("error") or ""))
    known = EXPLANATIONS.get(rule) or _unknown()
    reason = line.get("reason")
    finding = {
        "at": line.get("at"),
        "endpoint": line.get("endpoint") or line.get("path"),
        "client_id": line.get("client_id"),
        "error": line.get("error"),
        "rule": rule,
        "must_be_true": known.rule,
        "section": known.section,
        "compared": reason,
        "means": _meaning(str(reason)) if reason else None,
        "remedy": known.remedy,
    }
    return {name: value for name, value in finding.items() if value}


def _meaning(reason: str) -> str | None:
    """What ended a token, where the reason names it."""
    return next((ENDED[word] for word in re.findall(r"[a-z_]+", reason) if word in ENDED), None)


def _unknown() -> Explanation:
    return Explanation(
        "A rule that this version does not describe.",
        "none",
        "The log may be of another version of the server.",
    )


def _unrefused(lines: list[dict[str, Any]]) -> str:
    statuses = [str(line["status"]) for line in lines if "status" in line]
    answer = f" It was answered with {statuses[-1]}." if statuses else ""
    return f"No rule refused this request.{answer}"


def _print(request_id: str, finding: dict[str, Any]) -> None:
    labels = {
        "at": "at",
        "endpoint": "endpoint",
        "client_id": "client",
        "error": "answered",
        "rule": "rule",
        "must_be_true": "it says",
        "section": "standard",
        "compared": "compared",
        "means": "that is",
        "remedy": "to do",
    }
    click.echo(f"Request {request_id}")
    for name, label in labels.items():
        if name in finding:
            click.echo(f"  {label:<9} {finding[name]}")
