"""The ways into the application that document and platform promise."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask

from tests.parts.processes import ROOT
from tests.parts.server import settings_for

EXECUTABLES = ("run", "test", ".ci/run")


def run_python(code: str, **environ: str) -> str:
    """What a fresh Python prints, started in the project's folder as a server would."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=settings_for(5000, **environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    "code",
    ["from wsgi import app", "from src.app import create_app; app = create_app()"],
)
def test_a_wsgi_server_finds_the_application(code: str, database_url: str) -> None:
    shown = run_python(f"{code}; print(type(app).__mro__)", DATABASE_URL=database_url)

    assert Flask.__name__ in shown


def test_the_factory_under_its_short_name_starts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(os.environ)

    found = runpy.run_path(str(ROOT / "src/app.py"))

    assert callable(found["create_app"])
    assert dict(os.environ) == before


def test_alembic_finds_one_line_of_migrations() -> None:
    script = ScriptDirectory.from_config(Config(ROOT / "alembic.ini"))

    assert len(script.get_heads()) == 1
    assert len(script.get_bases()) == 1


@pytest.mark.parametrize("name", EXECUTABLES)
def test_the_commands_are_plain_shell_and_executable(name: str) -> None:
    path = ROOT / name

    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/bin/sh\n")


def test_the_makefile_only_calls_the_commands() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()

    assert {line.split()[0] for line in lines if line.startswith("\t")} == {"./run", "./test"}


def test_no_command_of_git_keeps_secrets_or_state() -> None:
    ignored = ("instance/authwell.sqlite3", ".env", "keys/active.pem", "logs/server.log")

    done = subprocess.run(
        ["git", "check-ignore", *ignored], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert tuple(done.stdout.split()) == ignored


def test_scripts_find_the_project_from_anywhere(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/lock.py", "--check"], cwd=tmp_path, check=False
    )

    assert done.returncode == 0
