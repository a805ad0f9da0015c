"""The command line, run in the process of the tests."""

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import chdir
from pathlib import Path

from click.testing import CliRunner

from authwell.ops.cli import cli


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
