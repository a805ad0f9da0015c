"""Every sentence is there in every language, and the compiled files say the same."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient

SCRIPT = Path(__file__).parents[3] / "scripts/translations.py"


def test_no_language_lacks_a_sentence() -> None:
    check = subprocess.run(
        [sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False
    )

    assert check.stdout == check.stderr == ""
    assert check.returncode == 0


@pytest.mark.parametrize(
    ("lang", "heading"),
    [
        ("en", "Log in"),
        ("de", "Anmelden"),
        ("nl", "Inloggen"),
        ("fr", "Se connecter"),
        ("es", "Iniciar sesión"),
    ],
)
def test_a_page_speaks_the_language(lang: str, heading: str, pages: FlaskClient) -> None:
    answer = pages.get(f"/{lang}/login")

    assert f"<h1>{heading}</h1>" in answer.text
