"""Where a login that no client asked for leads: back to a page of ours (THREATS.md BR-06).

Only paths of this list are led to. Nothing is resolved or decoded, so no spelling of another
place can pass.
"""

import re
from typing import Final
from urllib.parse import urlencode

from flask import Response, request

from authwell.middleware.context import PASSWORD_PAGE, owes_password
from authwell.middleware.replies import see_other

PARAMETER: Final = "return_to"
HOME: Final = "/"
_LOGIN: Final = "/login"
_FIRST: Final = "/account"
_CONSOLE: Final = "/console"
_SEGMENT: Final = r"/[A-Za-z0-9_-][A-Za-z0-9_.~-]*"
_PATHS: Final = re.compile(rf"/account(?:/[a-z0-9-]+)*|{_CONSOLE}(?:{_SEGMENT})*", re.ASCII)


def wanted() -> str | None:
    """The path that the address of this page asks to come back to, if it is one of ours."""
    values = request.args.getlist(PARAMETER)
    if len(values) == 1 and is_own(values[0]):
        return values[0]
    return None


def is_own(path: str) -> bool:
    """Whether one may be sent there after a login."""
    return _PATHS.fullmatch(path) is not None


def go_back() -> Response:
    """To that page, else to the home page."""
    return see_other(wanted() or HOME)


def log_in_first() -> Response:
    """To the login page, which leads back to this page; after a form to the first page.

    Who is logged in with the password of the settings is led to where it is changed.
    """
    if owes_password():
        return see_other(PASSWORD_PAGE)
    return see_other(f"{_LOGIN}?{urlencode({PARAMETER: here()})}")


def here() -> str:
    """The path of this page to come back to; that of the first page after a form."""
    path = request.path if request.method in ("GET", "HEAD") else ""
    first = _CONSOLE if request.path.startswith(f"{_CONSOLE}/") else _FIRST
    return path if is_own(path) else first
