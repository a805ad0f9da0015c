"""Every sentence is there in every language, and the compiled files say the same."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po
from flask.testing import FlaskClient

from authwell.utils.translations import FOLDER, LANGUAGES

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
        ("ja", "ログイン"),
    ],
)
def test_a_page_speaks_the_language(lang: str, heading: str, pages: FlaskClient) -> None:
    answer = pages.get(f"/{lang}/login")

    assert f"<h1>{heading}</h1>" in answer.text


def test_the_languages_are_those_that_have_a_catalog() -> None:
    found = {path.parts[-3] for path in FOLDER.glob("*/LC_MESSAGES/messages.mo")}

    assert found == set(LANGUAGES) - {"en"}


def test_a_message_without_a_translation_or_with_other_values_is_found(tmp_path: Path) -> None:
    check = runpy.run_path(str(SCRIPT))
    said = Catalog()
    for text in ("Bare", "Hello %(name)s", "Bye %(name)s", ("%(n)s code", "%(n)s codes")):
        said.add(text)
    written = Catalog(locale="nl")
    written.add("Bare", "")
    written.add("Hello %(name)s", "Hallo %(naam)s")
    written.add("Bye %(name)s", "Dag %(name)s")
    written.add(("%(n)s code", "%(n)s codes"), ("%(n)s code", ""))
    path = tmp_path / "nl/LC_MESSAGES/messages.po"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_po(file, written)

    found = list(check["problems"](path, said))

    assert [text for text in found if "Bare" in text] == ["'Bare' is not translated."]
    assert any("Hello" in text for text in found)
    assert any("codes" in text for text in found)
    assert not any("Bye" in text for text in found)


@pytest.mark.req("9.3")
def test_what_is_japanese_looks_japanese() -> None:
    with (FOLDER / "ja/LC_MESSAGES/messages.po").open("rb") as file:
        catalog = read_po(file, locale="ja")

    same = [message.id for message in catalog if message.id and str(message.string).isascii()]

    assert same == []
