"""What tenants may be called: slugs are parts of paths, of issuers and of names of cookies."""

import re
import unicodedata
from typing import Final

from authwell.identity.configuration import members
from authwell.identity.configuration.problems import Problem, Refused
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.storage.registry import SLUG

ENDINGS_OF_COOKIES: Final = ("browser", "device", "notice", "state")
"""`aw-acme-browser` would be a cookie of acme and of acme-browser."""
TAKEN: Final = "is taken, maybe by a tenant that was deleted"


def check_slug(slug: str) -> None:
    """Take a name that no other tenant can be confused with.

    Raises:
        Refused: it cannot be one.
    """
    if SLUG.fullmatch(slug) is None:
        text = "must be 1 to 63 lower-case letters, digits and hyphens, with none at the ends"
        raise Refused([Problem("slug", text)])
    if slug.rpartition("-")[2] in ENDINGS_OF_COOKIES:
        raise Refused([Problem("slug", f"must not end in {', '.join(ENDINGS_OF_COOKIES)}")])


def check_name(name: str) -> None:
    """Take a name that administrators of all tenants can read in one line.

    Raises:
        Refused: it cannot be one.
    """
    try:
        members.line("name", name)
    except InvalidClientMetadata as error:
        raise Refused([Problem("name", members.bare(error))]) from error


def slug_of(name: str) -> str:
    """A slug for a tenant of which only the name is known; it may be empty."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].rstrip("-")
