"""What a login is worth: `acr` (OpenID Connect Core sections 2 and 5.5.1.1)."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from authwell.protocol import claims

PASSWORD: Final = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
"""A password that came over a protected connection, as the SAML 2.0 profiles name it."""

CLASSES: Final = (PASSWORD,)
"""All that a login here can reach."""


def reached(amr: Iterable[str]) -> str | None:
    """The class of a login by these methods (RFC 8176)."""
    return PASSWORD if "pwd" in amr else None


def demanded(wanted: Mapping[str, Any]) -> frozenset[str] | None:
    """The classes of which a `claims` parameter calls one essential; None if it demands none.

    `acr_values` and the defaults of a client are wishes: what holds is told in any case.
    """
    if not wanted:
        return None
    asked = claims.requested(wanted, "id_token", "acr")
    if asked.get("essential") is not True or not asked.keys() & {"value", "values"}:
        return None
    named: list[object] = [asked.get("value"), *asked.get("values", ())]
    return frozenset(name for name in named if isinstance(name, str))
