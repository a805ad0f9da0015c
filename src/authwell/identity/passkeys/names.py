"""What people call their passkeys."""

import unicodedata

LONGEST = 64


class InvalidName(ValueError):
    """The name is empty, too long, or has characters that are not shown."""


def passkey_name(text: str) -> str:
    """The name without blanks around it.

    Raises:
        InvalidName: it cannot be told from others on a page.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= LONGEST:
        raise InvalidName("empty or too long")
    if any(unicodedata.category(character)[0] == "C" for character in name):
        raise InvalidName("invisible characters")
    return name
