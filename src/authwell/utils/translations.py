"""The languages in which people are spoken to, and what the sources' sentences are in each."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from babel.support import NullTranslations, Translations

LANGUAGES: Final = ("en", "de", "es", "fr", "ja", "nl")
"""Those of `translations`; the first is what the sources speak."""
FOLDER: Final = Path(__file__).parents[1] / "translations"

_RIGHT_TO_LEFT: Final = frozenset({"ar", "fa", "he", "ur"})


def best_of(tags: Iterable[str]) -> str:
    """The first of these languages (RFC 5646) that we have; else what the sources speak."""
    for tag in tags:
        primary = tag.partition("-")[0].lower()
        if primary in LANGUAGES:
            return primary
    return LANGUAGES[0]


def direction(language: str) -> str:
    """`ltr` or `rtl`, as HTML's `dir` has it."""
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


@cache
def catalog(language: str) -> NullTranslations:
    """The sentences of one language; those of English are the sources' own."""
    return Translations.load(FOLDER, [language])
