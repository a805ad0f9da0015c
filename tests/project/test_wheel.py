"""The wheel: what `pip install authwell` brings."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.parts.processes import ROOT


def run(command: Sequence[str | Path], cwd: Path, **environ: str) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env={"PATH": os.environ["PATH"], **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    code = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    run([sys.executable, "-c", code], ROOT)
    return next(folder.glob("authwell-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment that has the wheel; what it depends on is lent from ours."""
    folder = tmp_path_factory.mktemp("installed")
    run([sys.executable, "-m", "venv", "--without-pip", folder], folder)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / "lib" / version / "site-packages"
    uv = ROOT / ".boot/bin/uv"
    python = folder / "bin/python"
    options = ("--offline", "--no-deps", "--no-cache", "--python", python)
    run([uv, "pip", "install", *options, wheel], folder)
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_the_wheel_has_all_that_is_not_python(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "src/authwell"
    data = {
        str(path.relative_to(package.parent))
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }

    assert data <= names
    assert "authwell/migrations/env.py" in names
    assert any(name.startswith("authwell/examples/relying_party/") for name in names)


def test_an_installed_wheel_makes_its_tables(installed: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/installed.sqlite3"
    code = (
        "import authwell, authwell.storage.migrations as m\n"
        f"m.upgrade({url!r})\n"
        f"print(authwell.__file__, *set(m.revisions({url!r})), sep='\\n')"
    )

    place, *revisions = run([installed, "-c", code], tmp_path).splitlines()[-2:]

    assert Path(place).is_relative_to(installed.parents[1])
    assert len(revisions) == 1


def test_an_installed_wheel_has_its_command(installed: Path, tmp_path: Path) -> None:
    shown = run([installed.parent / "authwell", "--help"], tmp_path)

    assert "serve" in shown
