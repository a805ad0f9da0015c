"""Write the requirements files from uv.lock, or check that they are in step with it.

`.venv/bin/python scripts/lock.py` locks again and writes; with `--check` it only compares, without
the network.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

EXPORTS: Mapping[str, tuple[str, ...]] = {
    "requirements.txt": ("--no-dev",),
    # What ./run and the image install: the build backend as well.
    "requirements-all.txt": ("--no-dev", "--all-extras", "--group", "build"),
    "requirements-dev.txt": ("--all-extras",),
    "requirements-test.txt": (
        "--no-dev",
        *("--all-extras", "--group", "build", "--group", "test"),
    ),
    "requirements-boot.txt": ("--only-group", "boot"),
}
# A home that cannot be written has no cache, and none is needed.
OFFLINE = ("--offline", "--no-cache")
PUBLIC_HOSTS = ("https://pypi.org/", "https://files.pythonhosted.org/")


def uv(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the pinned uv in the project's folder."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    certificates = Path("/etc/ssl/certs/ca-certificates.crt")
    if certificates.exists():
        environment.setdefault("UV_SYSTEM_CERTS", "1")
    command = [str(ROOT / ".boot/bin/uv"), *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def export(arguments: Sequence[str]) -> str:
    """The text of one requirements file, from uv.lock alone."""
    done = uv("export", "--frozen", *OFFLINE, "--no-emit-project", "--no-header", *arguments)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return "# Made from uv.lock by scripts/lock.py.\n" + done.stdout


def differences(root: Path = ROOT) -> list[str]:
    """A sentence for each file that is not in step."""
    found = []
    # Offline, uv locks again from what the lock itself knows, and fails where that is not enough.
    if uv("lock", "--check", *OFFLINE).returncode != 0:
        found.append("uv.lock is not in step with pyproject.toml.")
    for name, arguments in EXPORTS.items():
        path = root / name
        if not path.exists() or path.read_text() != export(arguments):
            found.append(f"{name} is not in step with uv.lock.")
    return found + foreign_hosts((root / "uv.lock").read_text())


def foreign_hosts(lock: str) -> list[str]:
    """A sentence for each address of the lock that is not the public index."""
    addresses = [part for part in lock.split('"') if part.startswith(("http://", "https://"))]
    return [
        f"uv.lock names {address}, which is not the public index."
        for address in addresses
        if not address.startswith(PUBLIC_HOSTS)
    ]


def write() -> None:
    """Lock what pyproject.toml asks for, and export it."""
    done = uv("lock")
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    for name, arguments in EXPORTS.items():
        (ROOT / name).write_text(export(arguments))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare only")
    if not parser.parse_args().check:
        write()
        return 0
    found = differences()
    for sentence in found:
        print(sentence)
    if found:
        print("Remedy: .venv/bin/python scripts/lock.py")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
