"""Sentences of the engine that people read, in their language.

The engine speaks English and knows no translations, so its sentences stand here once more
for the catalogs to find. Those that only developers meet stay as they are.
"""

from flask_babel import gettext


def _mark(sentence: str) -> str:
    """Let the catalogs find a sentence that is translated later."""
    return sentence


_ = _mark

TRANSLATED = frozenset(
    {
        # What the consent page says of the scopes that every tenant has.
        _("Sign you in"),
        _("See your name and profile"),
        _("See your email address"),
        _("See your postal address"),
        _("See your phone number"),
        _("See and change your account"),
        _("Administer this server"),
        _("See your roles"),
        _("See the groups you belong to"),
        _("See what you may do"),
        # What API keys may be for.
        _("See your account and profile"),
        _("Change your profile"),
        _("See where you are logged in"),
        _("End your sessions"),
        _("See what happened with your account"),
        # Why a sign-in cannot go on.
        _("This sign-in has already been finished, or it took too long."),
        _("This page belongs to a sign-in that has not been started."),
        _("This sign-in was started in another browser, so it is invalid here."),
        _("The application that sent you here is not known, or it was switched off."),
        _(
            "The address to return to (redirect_uri) is not registered for this application, "
            "so it is invalid here."
        ),
    }
)


def translated(sentence: str) -> str:
    """The sentence in the reader's language, as it is if the catalogs do not have it."""
    return str(gettext(sentence)) if sentence in TRANSLATED else sentence
