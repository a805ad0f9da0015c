"""Asking a caller of the first-party API for their password again."""

from authwell.identity.people.names import canonical_username
from authwell.middleware.api.callers import signed_in
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits.charges import check_logins, count_failed_login


def require_password(password: str) -> None:
    """Check that it is the password of who calls.

    Raises:
        Problem: it is not, or the account is locked.
        TooManyRequests: too many were wrong.
    """
    account = signed_in().account
    name = canonical_username(account.username)
    check_logins(name)
    if not site().login.confirms(authorization_server(), account, password):
        count_failed_login(name)
        raise Problem(403, "wrong_password", "The password is wrong.")
