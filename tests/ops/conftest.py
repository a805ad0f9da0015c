"""Commands in this process, on a fresh database of SQLite."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from authwell.ops.cli import cli
from tests.conftest import NewDatabase

Run = Callable[..., Result]


@pytest.fixture
def environ(new_database: NewDatabase) -> dict[str, str]:
    """The settings of a development server."""
    return {
        "ENVIRONMENT": "development",
        "SECRET_KEY": "0123456789abcdef0123456789abcdef0123456789abcdef",
        "KEY_ENCRYPTION_KEY": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "ISSUER": "http://localhost:5000",
        "DATABASE_URL": new_database("sqlite"),
    }


@pytest.fixture
def run(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, text: str | None = None, **more: str) -> Result:
        return CliRunner().invoke(cli, arguments, input=text, env={**environ, **more})

    return call


def answer(result: Result) -> Any:
    """What a command with --json printed."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
