"""The checks of ./test check: one line each with its time, and what a failing one says.

`./test check` runs all of them, `./test check types lint` only these two.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv/bin"
PYTHON = str(BIN / "python")

# The slowest first, so that the two that run at a time end together.
CHECKS: Mapping[str, tuple[str, ...]] = {
    "types": (str(BIN / "mypy"),),
    "engine-types": (str(BIN / "basedpyright"),),
    "migrations": (PYTHON, "scripts/check_migrations.py"),
    "layers": (str(BIN / "lint-imports"), "--cache-dir", ".cache/import-linter"),
    "locks": (PYTHON, "scripts/lock.py", "--check"),
    "lint": (str(BIN / "ruff"), "check", "--quiet", "--output-format", "concise"),
    "format": (str(BIN / "ruff"), "format", "--check", "--output-format", "concise"),
    "shell": (str(BIN / "shellcheck"), "--external-sources"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check said, and how long it took."""

    name: str
    passed: bool
    seconds: float
    output: str


def shell_scripts() -> list[str]:
    """The files that shellcheck reads."""
    scripts = ["run", "test", ".ci/run", "deploy.sh", *map(str, Path("scripts").glob("*.sh"))]
    return [name for name in scripts if (ROOT / name).exists()]


def run(name: str) -> Outcome:
    """Run one check to its end."""
    command = [*CHECKS[name], *(shell_scripts() if name == "shell" else [])]
    # basedpyright comes with Node as a package and must not look for another one.
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"}
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(name, done.returncode == 0, time.monotonic() - started, done.stdout)


def report(outcome: Outcome) -> None:
    """Print the line of a check, and what it said if it failed."""
    word = "ok" if outcome.passed else "FAILED"
    print(f"check {outcome.name:<14}{word:<8}{outcome.seconds:5.1f} s", flush=True)
    if not outcome.passed:
        print(outcome.output.rstrip(), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./test check", description="The checks of the code.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CHECKS)}")
    names = parser.parse_args().names or list(CHECKS)
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        parser.error(f"no check is named {', '.join(unknown)}")
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for outcome in pool.map(run, names):
            report(outcome)
            if not outcome.passed:
                failed.append(outcome.name)
    print(f"checks failed: {', '.join(failed)}" if failed else "all checks passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
