"""`.env.example` names every setting with its default (REQUIREMENTS.md O16, K29)."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from authwell.config.aliases import INPUTS, names_of
from authwell.config.settings import Settings, load_settings
from tests.config.test_settings import PRODUCTION

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / ".env.example"
OF_COMPOSE = {"BUILD_TARGET", "POSTGRES_PASSWORD_PROD", "REDIS_PASSWORD_PROD"}
OF_THE_READER = {"SECRETS_DIR"}
LINE = re.compile(r"^(?:# )?([A-Z][A-Z0-9_]+)=(.*)$", re.MULTILINE)


def names_in(path: Path) -> list[str]:
    return [name for name, _ in LINE.findall(path.read_text(encoding="utf-8"))]


@pytest.mark.req("O16")
def test_every_setting_is_in_the_example_once_and_nothing_else() -> None:
    of_settings = [field.name for field in fields(Settings) if field.name != "warnings"]
    known = {name for field in (*of_settings, *INPUTS) for name in names_of(field)}

    names = names_in(EXAMPLE)

    assert sorted(names) == sorted(known | OF_COMPOSE | OF_THE_READER)


@pytest.mark.req("K29", "O16")
def test_the_copy_without_a_dot_is_equal() -> None:
    assert (ROOT / "env.example.txt").read_bytes() == EXAMPLE.read_bytes()


def test_the_example_has_a_local_issuer_and_no_secret() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")

    assert "\nISSUER=http://localhost:5000\n" in text
    assert "\nSECRET_KEY=\n" in text
    assert "\nKEY_ENCRYPTION_KEY=\n" in text


def test_the_defaults_that_the_example_shows_are_the_defaults() -> None:
    shown = {
        name: value
        for name, value in LINE.findall(EXAMPLE.read_text(encoding="utf-8"))
        if value and name not in {"ISSUER", "RATE_LIMIT_PER_MINUTE"}
    }
    of_parts = {"POSTGRES_SERVER", "POSTGRES_USER", "POSTGRES_DB"}
    environ = {name: value for name, value in shown.items() if name not in of_parts}

    assert load_settings({**environ, **PRODUCTION}) == load_settings(PRODUCTION)


@pytest.mark.req("O16", "O17")
def test_the_development_file_is_development_without_secrets() -> None:
    settings = load_settings({"SECRET_KEY": PRODUCTION["SECRET_KEY"]}, ROOT / ".env.development")

    assert settings.is_development
    assert settings.debug
    assert (
        "SECRET"
        not in (ROOT / ".env.development").read_text(encoding="utf-8").upper().split("\n", 1)[1]
    )
