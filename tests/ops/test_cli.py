"""The command line as a whole: help, exit codes, and small commands."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from authwell.ops.cli import COMMANDS, Commands, cli
from tests.parts import processes
from tests.parts.server import COMMAND, settings_for


def run(*arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=cwd,
        env=settings_for(5000, **environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_names_every_operation(tmp_path: Path) -> None:
    done = run("--help", cwd=tmp_path)

    assert done.returncode == 0
    for name in COMMANDS:
        assert f"\n  {name} " in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_can_be_imported_and_says_what_it_does(name: str) -> None:
    context = cli.make_context("authwell", [name, "--help"], resilient_parsing=True)
    assert isinstance(cli, Commands)

    command = cli.get_command(context, name)

    assert command is not None
    assert command.name == name
    assert command.help


def test_help_imports_no_command(tmp_path: Path) -> None:
    code = (
        "import sys; from authwell.ops.cli import cli\n"
        "try: cli(['--help'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('sqlalchemy', 'flask', 'pydantic') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("arguments", [("nothing",), ("keys", "nothing"), ("serve", "--nothing")])
def test_wrong_usage_is_exit_code_two(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, cwd=tmp_path).returncode == 2


def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "authwell", "version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("authwell 0.")


@pytest.mark.req("O7")
def test_migrations_go_up_down_and_up_by_the_command(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'up.db'}"

    codes = [
        run("db", *arguments, cwd=tmp_path, DATABASE_URL=url).returncode
        for arguments in (
            ("current",),
            ("upgrade",),
            ("current",),
            ("downgrade", "base", "--yes"),
            ("current",),
            ("upgrade",),
        )
    ]

    assert codes == [1, 0, 0, 0, 1, 0]


def test_keys_are_listed_planned_and_rotated(tmp_path: Path, database_url: str) -> None:
    def keys(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run("keys", *arguments, cwd=tmp_path, **environ)

    environ = {**settings_for(processes.free_port()), "DATABASE_URL": database_url}

    rotated = keys("rotate", "--now", "--alg", "ES256")
    early = keys("rotate", "--alg", "ES256")
    listed = json.loads(keys("list", "--json").stdout)
    planned = json.loads(keys("plan", "--json").stdout)

    assert rotated.returncode == 0
    assert "signs from now on" in rotated.stdout
    assert early.returncode == 1
    assert "--now" in early.stderr
    assert sorted(key["state"] for key in listed) == ["active", "next"]
    assert [(step["action"], step["alg"]) for step in planned] == [("activate", "ES256")]
    assert not any("private" in name for key in listed for name in key)


def test_reencrypt_lets_the_old_key_go(tmp_path: Path, database_url: str) -> None:
    environ = {**settings_for(processes.free_port()), "DATABASE_URL": database_url}
    old, new = environ["KEY_ENCRYPTION_KEY"], settings_for(1)["KEY_ENCRYPTION_KEY"]
    run("keys", "rotate", "--now", "--alg", "EdDSA", cwd=tmp_path, **environ)

    moved = run(
        *("keys", "reencrypt"),
        cwd=tmp_path,
        **environ | {"KEY_ENCRYPTION_KEY": new, "KEY_ENCRYPTION_KEY_OLD": old},
    )
    again = run("keys", "reencrypt", cwd=tmp_path, **environ | {"KEY_ENCRYPTION_KEY": new})
    without = run("keys", "reencrypt", cwd=tmp_path, **environ)

    assert moved.stdout.startswith("2 private keys")
    assert again.stdout.startswith("0 private keys")
    assert without.returncode == 1
    assert "KEY_ENCRYPTION_KEY_OLD" in without.stderr


def test_jobs_run_once(tmp_path: Path, database_url: str) -> None:
    done = run("jobs", "run-once", cwd=tmp_path, DATABASE_URL=database_url)

    assert done.stdout.splitlines() == [
        "clean-up: nothing to do",
        "deleted-tenants: nothing to do",
        "expired-blocks: nothing to do",
        "key-calendar: nothing to do",
        "webhooks: nothing to do",
        "audit-chain: nothing to do",
        "audit-retention: nothing to do",
        "deliveries: nothing to do",
    ]


def test_check_repeats_the_warnings(tmp_path: Path) -> None:
    done = run("check", cwd=tmp_path, RATE_LIMITING_ENABLED="false")

    assert done.returncode == 0
    assert "warning: RATE_LIMITING_ENABLED=false" in done.stdout
