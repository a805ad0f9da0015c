"""`authwell audit`: what an operator finds, writes and keeps."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import text

from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import AuditLog
from authwell.storage.configuration.edit import Configuration
from authwell.utils.clock import utc_now
from tests.identity.configuration.configuring import Desk, desk

Run = Callable[..., Result]


@pytest.fixture
def environ(environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    return {
        **environ,
        "AUDIT_ARCHIVE": str(tmp_path / "archive"),
        "AUDIT_CHECKPOINTS": str(tmp_path / "checkpoints"),
    }


@pytest.fixture
def run(run: Run) -> Run:
    """Runs a command of the audit log."""
    return partial(run, "audit")


@pytest.fixture
def here(environ: dict[str, str], run: Run) -> Iterator[Desk]:
    assert run("list").exit_code == 0
    made = desk(environ["DATABASE_URL"])
    (tenant,) = Configuration(made.database).list_tenants()
    for days in (200, 100, 2, 1):
        kind = EventType.LOGIN_FAILED if days < 100 else EventType.LOGIN_SUCCEEDED
        AuditLog(made.database).add(Event(kind, tenant.id, utc_now() - timedelta(days=days)))
    yield made
    made.database.close()


def write(here: Desk, statement: str) -> None:
    with here.database.engines[1].connect() as connection:
        connection.execute(text(statement))
        connection.commit()


@pytest.mark.req("LG-04", "L6")
def test_a_log_is_checkpointed_archived_and_verified(here: Desk, run: Run, tmp_path: Path) -> None:
    signed = run("checkpoint")
    archived = run("archive")
    verified = run("verify", "--archives", "--json")

    (report,) = json.loads(verified.stdout)
    assert signed.stdout.count(".") == 2
    assert archived.stdout == "2 events were taken out of the database.\n"
    assert verified.exit_code == 0
    assert (report["findings"], report["first"]) == ([], 3)
    assert report["checkpoints"] == 2
    assert len(list((tmp_path / "archive").rglob("*.jsonl.gz"))) == 1
    assert len(list((tmp_path / "checkpoints").rglob("*.jwt"))) == 1
    (tmp_path / "end.txt").write_text(signed.stdout)
    assert run("verify", "--checkpoints", "end.txt").exit_code == 0


@pytest.mark.req("LG-04")
def test_what_was_cut_off_is_found_and_the_exit_code_says_so(here: Desk, run: Run) -> None:
    run("checkpoint")
    write(here, "DELETE FROM audit_events")
    write(here, "DELETE FROM audit_chains")
    write(here, "DELETE FROM audit_checkpoints")

    found = run("verify")

    assert found.exit_code == 1
    assert "NOT SOUND" in found.stdout
    assert "the log was cut" in found.stdout


@pytest.mark.req("L6", "LG-04")
def test_an_archive_that_misses_a_segment_is_found(here: Desk, run: Run, tmp_path: Path) -> None:
    run("archive")
    (segment,) = (tmp_path / "archive").rglob("*.jsonl.gz")
    segment.write_bytes(segment.read_bytes()[:-9])

    found = run("verify", "--archives")

    assert found.exit_code == 1
    assert "no complete gzip file" in found.stdout


def test_events_are_listed_and_exported(here: Desk, run: Run) -> None:
    since = f"{utc_now() - timedelta(days=10):%Y-%m-%d}"

    listed = json.loads(run("list", "--type", "login.failed", "--json").stdout)
    exported = run("export", "--since", since, "--security", "-o", "out.jsonl")
    table = run("export", "--format", "csv", "--type", "login.succeeded")

    lines = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert len(listed) == 2
    assert exported.exit_code == 0
    assert [line["type"] for line in lines][:2] == ["login.failed"] * 2
    assert len(table.stdout.splitlines()) == 3
    assert json.loads(run("list", "--type", "audit.exported", "--json").stdout) != []
