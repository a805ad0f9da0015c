"""`authwell user verify-email` and `send-reset`."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.parts.server import settings_for
from tests.support.commands import run_command

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server has its database and its mails."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    """Runs commands on a database in which ada waits, and bob has no address."""
    environ = settings_for(
        5000,
        DATABASE_URL=f"sqlite:///{folder / 'authwell.db'}",
        EMAIL_BACKEND="file",
        EMAIL_FILE_FOLDER=str(folder / "mails"),
    )

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run_command(arguments, folder, environ)

    password = ("--password", "Correct-Horse-7-Battery")
    assert run("db", "upgrade").returncode == 0
    assert run("user", "create", "ada", "--email", "ada@people.example", *password).returncode == 0
    assert run("user", "create", "bob", *password).returncode == 0
    return run


@pytest.mark.req("C12", "D1")
def test_an_operator_vouches_for_an_address(run: Run) -> None:
    first = run("user", "verify-email", "ada")
    second = run("user", "verify-email", "ada")
    shown = run("user", "show", "ada", "--json")

    assert first.returncode == 0
    assert "ada@people.example is verified" in first.stdout
    assert second.returncode == 1
    assert '"email_verified": true' in shown.stdout


@pytest.mark.req("D6")
def test_an_operator_sends_a_link_to_another_password(run: Run, folder: Path) -> None:
    sent = run("user", "send-reset", "ada@people.example")
    refused = run("user", "send-reset", "bob")
    delivered = run("mail", "send")

    assert (sent.returncode, delivered.returncode) == (0, 0), delivered.stderr
    assert "bob has no address" in refused.stderr
    (mail,) = (folder / "mails").iterdir()
    assert "/reset-password?token=" in mail.read_text().replace("=\n", "").replace("=3D", "=")
