"""What the first-party API lets only those do who have logged in just now (THREATS.md MF-05)."""

from authwell.identity.factors.recency import is_recent
from authwell.middleware.api.callers import signed_in
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem


def require_recent_login() -> None:
    """Refuse a token whose login is older than five minutes, or lacked the second factor.

    Raises:
        Problem: the person logs in again, with all that they have.
    """
    server, caller = authorization_server(), signed_in()
    grant = caller.grant
    enrolled = site().second_factors.enrolled(server, caller.account)
    if (
        grant is None
        or grant.auth_time is None
        or not is_recent(grant.auth_time, grant.amr, enrolled, server.now)
    ):
        raise Problem(403, "recent_login_required", "Log in again, then repeat this.")
