"""The command line, run in the process of the tests."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import chdir
from pathlib import Path

from click.testing import CliRunner

from authwell.ops.cli import cli
from tests.support.configuration import Entry


def run_command(
    arguments: Sequence[str], folder: Path, environ: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What the command answers, in a folder and with settings.

    It starts at once, because everything is imported already; tests/ops/test_cli.py starts the
    real one.
    """
    with chdir(folder):
        done = CliRunner().invoke(cli, arguments, env=dict(environ), prog_name="authwell")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def apply_entries(entries: Entry, folder: Path, environ: Mapping[str, str]) -> None:
    """Apply a configuration (JSON is YAML).

    Raises:
        AssertionError: it was refused.
    """
    file = folder / f"apply-{len(list(folder.glob('apply-*')))}.yaml"
    file.write_text(json.dumps(entries))
    done = run_command(["apply", "-f", str(file)], folder, environ)
    if done.returncode != 0:
        raise AssertionError(f"{done.stdout}{done.stderr}")
