"""Ask the advisory feed about the locked packages; a package that it could not ask about fails."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    # Without --strict, pip-audit ends well although it could ask about nothing.
    command = [sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip"]
    arguments = ["--progress-spinner", "off", "--requirement", "requirements-all.txt"]
    return subprocess.run([*command, *arguments, *sys.argv[1:]], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
