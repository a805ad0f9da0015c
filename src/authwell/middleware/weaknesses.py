"""Why a new password was refused, in the reader's language."""

from collections.abc import Iterable

from flask_babel import gettext

from authwell.identity.passwords.policy import Weakness


def sentences(weaknesses: Iterable[Weakness]) -> list[str]:
    """One sentence for each."""
    return [_sentence(weakness) for weakness in weaknesses]


def _sentence(weakness: Weakness) -> str:
    match weakness.code:
        case "too_short":
            text = gettext("Use at least %(number)s characters.", number=weakness.bound)
        case "too_long":
            text = gettext("Use at most %(number)s characters.", number=weakness.bound)
        case "no_uppercase":
            text = gettext("Use an upper-case letter.")
        case "no_lowercase":
            text = gettext("Use a lower-case letter.")
        case "no_number":
            text = gettext("Use a digit.")
        case "no_special":
            text = gettext("Use a character that is neither a letter nor a digit.")
        case "personal":
            text = gettext("Use a password that is not your name or the name of this service.")
        case "common":
            text = gettext("Use another password: this one is among the most common ones.")
        case "breached":
            text = gettext("Use another password: this one is known from a data breach.")
    return str(text)
