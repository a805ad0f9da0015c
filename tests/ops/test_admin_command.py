"""`authwell admin bootstrap` (REQUIREMENTS.md K16)."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from tests.parts.server import settings_for
from tests.support.commands import run_command

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs commands on a database without people."""
    folder: Path = tmp_path_factory.mktemp("server")
    environ = settings_for(5000, DATABASE_URL=f"sqlite:///{folder / 'authwell.db'}")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_command(arguments, folder, environ)

    assert run("db", "upgrade").returncode == 0
    return run


@pytest.mark.req("K16", "AU-19", "3.4")
def test_a_handle_is_printed_while_there_is_no_administrator(run: Run) -> None:
    printed = run("admin", "bootstrap", "--json")
    elsewhere = run("--tenant", "acme", "admin", "bootstrap")
    password = ("--password", "Correct-Horse-7-Battery")
    made = run("user", "create", "root", "--role", "admin", *password)
    refused = run("admin", "bootstrap")

    entry = orjson.loads(printed.stdout)
    assert entry["handle"].startswith("first_")
    assert entry["url"].endswith("/console/first-administrator")
    assert elsewhere.returncode == 1
    assert made.returncode == 0, made.stderr
    assert refused.returncode == 1
    assert "There is an administrator" in refused.stderr
