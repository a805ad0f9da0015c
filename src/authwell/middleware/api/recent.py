"""What the first-party API lets only those do who have logged in just now (THREATS.md MF-05)."""

from collections.abc import Mapping
from typing import Any, Final

from authwell.identity.factors.checks import Refused
from authwell.identity.factors.recency import is_recent
from authwell.middleware.api.callers import SignedIn, signed_in
from authwell.middleware.api.confirming import require_password
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.storage.login.factors import Enrolled

RECENT: Final = "The login is older than five minutes, or lacked the second factor"
"""How the OpenAPI document says what `require_recent_login` refuses."""


def require_recent_login() -> None:
    """Refuse a token whose login is older than five minutes, or lacked the second factor.

    Raises:
        Problem: the person logs in again, with all that they have.
    """
    caller = signed_in()
    if not _is_recent(
        caller, site().second_factors.enrolled(authorization_server(), caller.account)
    ):
        raise _log_in_again()


def confirm_caller(body: Mapping[str, Any]) -> None:
    """The same, or what the body brings: `code` of who has a second factor, else `password`.

    Raises:
        Problem: neither; or it is wrong.
    """
    server, caller = authorization_server(), signed_in()
    enrolled = site().second_factors.enrolled(server, caller.account)
    if _is_recent(caller, enrolled):
        return
    if enrolled.any and "code" in body:
        if isinstance(site().second_factors.check(server, caller.account, body["code"]), Refused):
            raise Problem(403, "wrong_code", "The code is wrong, or was used before.")
    elif not enrolled.any and "password" in body:
        require_password(body["password"])
    else:
        raise _log_in_again()


def _is_recent(caller: SignedIn, enrolled: Enrolled) -> bool:
    grant, now = caller.grant, authorization_server().now
    if grant is None or grant.auth_time is None:
        return False
    return is_recent(grant.auth_time, grant.amr, enrolled, now)


def _log_in_again() -> Problem:
    return Problem(403, "recent_login_required", "Log in again, then repeat this.")
