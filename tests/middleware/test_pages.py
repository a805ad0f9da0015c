"""Pages: the reader's language, and sentences of the engine in it."""

from pathlib import Path

import pytest
from flask import Flask, request
from flask_babel import gettext

import authwell
from authwell.config.settings import load_settings
from authwell.middleware import pages
from authwell.middleware.sentences import TRANSLATED, translated
from authwell.protocol.scopes import API_SCOPES, OPENID_SCOPES

PACKAGE = Path(authwell.__path__[0])


@pytest.fixture
def app() -> Flask:
    """An application that speaks."""
    settings = load_settings(
        {
            "ENVIRONMENT": "development",
            "DATABASE_URL": "sqlite:///unused.sqlite3",
            "SECRET_KEY": "0123456789abcdef" * 4,
        }
    )
    made = Flask("authwell")
    pages.init_app(made, settings)
    return made


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("FR-fr", "fr"),
        ("en;q=0.3, nl;q=0.8", "nl"),
        ("tlh, es;q=0.1", "es"),
        ("tlh", "en"),
        ("*", "en"),
        ("", "en"),
        ("\u00e9;;q=x,,", "en"),
    ],
)
def test_the_browsers_language_is_spoken_if_we_know_it(
    app: Flask, accepted: str, language: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": accepted}):
        assert pages.language() == language


def test_what_the_client_prefers_goes_first(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        assert gettext("Log in") == "Se connecter"

        pages.prefer_languages(["tlh", "nl-BE", "de"])

        assert pages.language() == "nl"
        assert gettext("Log in") == "Inloggen"


def test_each_scope_that_every_tenant_has_is_translated() -> None:
    # The page says of offline_access in its own words what it means.
    described = {**OPENID_SCOPES, **API_SCOPES}
    described.pop("offline_access")

    assert set(described.values()) <= TRANSLATED


def test_each_translated_sentence_is_one_from_below() -> None:
    paths = [path for layer in ("protocol", "identity") for path in (PACKAGE / layer).rglob("*.py")]
    code = "".join(path.read_text() for path in paths)
    said = " ".join(code.replace('"', " ").split())

    for sentence in TRANSLATED:
        assert sentence in said


@pytest.mark.req("BR-03")
def test_other_sentences_stay_as_they_are(app: Flask) -> None:
    with app.test_request_context(headers={"Accept-Language": "de"}):
        assert request.accept_languages.best == "de"
        assert translated("Sign you in") == "Sie anmelden"
        assert translated("Log in") == "Log in"
        assert translated("100 %s %(x)s") == "100 %s %(x)s"
