"""What the password policy would say of a password that an administrator chose."""

from collections.abc import Callable

from authwell.config.settings import Settings

_CLASSES: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("require_uppercase", "a capital letter", str.isupper),
    ("require_lowercase", "a small letter", str.islower),
    ("require_number", "a digit", str.isdigit),
    ("require_special_char", "a sign that is no letter or digit", lambda c: not c.isalnum()),
)


def weakness_by(settings: Settings) -> Callable[[str], str | None]:
    """The check by the settings; its text goes on `is taken, but ...`."""

    def weakness(password: str) -> str | None:
        if len(password) < settings.password_min_length:
            return f"has fewer than {settings.password_min_length} characters"
        missing = [
            what
            for name, what, is_one in _CLASSES
            if getattr(settings, name) and not any(map(is_one, password))
        ]
        return f"lacks {', '.join(missing)}" if missing else None

    return weakness
