"""The cookie by which a browser is known again (THREATS.md MF-10, SE-02, SE-03).

It proves nobody's identity: it says that this browser was here before. One browser is a device
of each person who has logged in with it, so what is kept is a digest of cookie and account.
"""

import re
from datetime import timedelta
from typing import Final

from flask import Response, request

from authwell.utils.randomness import new_secret

LIFETIME: Final = timedelta(days=365)
_PREFIX: Final = "awd"
_FORM: Final = re.compile(rf"{_PREFIX}_[A-Za-z0-9_-]{{43}}", re.ASCII)


def present_or_new(base: str) -> str | None:
    """The browser's value, or one for it; None for a client that has not shown to keep cookies.

    A browser has a cookie of ours since the page with the form. Without any, nothing would be
    sent back, and each call would count as another device.

    Args:
        base: how the names of this tenant's cookies begin.
    """
    values = request.cookies.getlist(f"{base}-device")
    # A second one was tossed in by somebody else, and nothing tells which.
    if len(values) == 1 and _FORM.fullmatch(values[0]):
        return values[0]
    return new_secret(_PREFIX) if f"{base}-browser" in request.cookies else None


def send(response: Response, base: str, value: str, *, is_secure: bool) -> None:
    """Let the browser keep the value for a year from now."""
    response.set_cookie(
        f"{base}-device",
        value,
        max_age=LIFETIME,
        secure=is_secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
