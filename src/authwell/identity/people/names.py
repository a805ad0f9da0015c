"""Names of accounts in the one form in which they are compared and are unique."""

import re
import unicodedata

_BLANKS = re.compile(r"\s+")


def canonical_username(name: str) -> str:
    """The form that must be unique in a tenant, and that the lockout counts by.

    Compatibility forms, letter case, and blanks around or doubled make no difference, so
    that two accounts cannot look the same (RFC 8265 section 3.3, with NFKC for full-width
    letters).
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", folded)).strip()


def canonical_email(email: str) -> str | None:
    """The same for an e-mail address; None if it is none.

    The local part is folded too: servers may tell `Bob@` from `bob@`, people do not.
    """
    canonical = canonical_username(email)
    local, at, domain = canonical.partition("@")
    if not at or not local or not domain or "@" in domain or " " in canonical:
        return None
    return canonical
