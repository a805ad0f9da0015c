"""The lock and the requirements files that are made from it."""

import tomllib
from pathlib import Path

import pytest

from scripts import lock
from tests.parts.processes import ROOT

CARD = {
    *("flask", "authlib", "flask-sqlalchemy", "flask-migrate", "psycopg2-binary", "redis"),
    *("cryptography", "argon2-cffi", "pyotp", "flask-limiter", "flask-talisman", "marshmallow"),
    *("gunicorn", "structlog", "sentry-sdk"),
}


def pinned(name: str) -> dict[str, bool]:
    """The packages of a requirements file, and whether each has a digest."""
    blocks = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    lines = [line for line in blocks if line and not line.lstrip().startswith("#")]
    return {line.split("==")[0].split("[")[0]: "--hash=sha256:" in line for line in lines}


def test_the_requirements_files_are_in_step_with_the_lock() -> None:
    assert lock.differences() == []


def test_a_changed_requirements_file_is_found(tmp_path: Path) -> None:
    for name in (*lock.EXPORTS, "uv.lock"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "requirements.txt").write_text("flask==3.1.3\n")

    assert lock.differences(tmp_path) == ["requirements.txt is not in step with uv.lock."]


def test_a_lock_that_names_another_index_is_found() -> None:
    text = 'source = { registry = "https://index.example/simple" }'

    assert len(lock.foreign_hosts(text)) == 1


@pytest.mark.parametrize("name", sorted(lock.EXPORTS))
def test_every_package_has_a_digest(name: str) -> None:
    packages = pinned(name)

    assert packages
    assert all(packages.values())


def test_what_runs_is_a_part_of_what_tests() -> None:
    assert pinned("requirements.txt").keys() <= pinned("requirements-all.txt").keys()
    assert pinned("requirements-all.txt").keys() <= pinned("requirements-test.txt").keys()
    assert pinned("requirements-test.txt").keys() <= pinned("requirements-dev.txt").keys()


def test_the_chosen_packages_are_installed() -> None:
    assert pinned("requirements.txt").keys() >= CARD
    assert "pytest" in pinned("requirements-test.txt")


def test_the_version_is_the_same_everywhere() -> None:
    from authwell import __version__

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["version"] == __version__
