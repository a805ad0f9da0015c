"""Node from a wheel, with the packages of package-lock.json."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.parts.processes import ROOT, PartFailed


def run(
    script: Path, *arguments: str, environ: Mapping[str, str] | None = None, seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a script to its end; its exit code is the caller's to judge.

    Raises:
        PartFailed: there is no Node, or its packages are not installed.
    """
    program = Path(sys.executable).parent / "node"
    if not program.exists() or not (ROOT / "node_modules/.stamp").exists():
        raise PartFailed("Node or its packages are missing; ./test installs them.")
    return subprocess.run(
        [program, script, *arguments],
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
