"""What is counted by a name that somebody gave, such as logins; the decorators count the rest."""

from flask import request

from authwell.middleware.calls import slug_of
from authwell.middleware.limits.counted import peer
from authwell.middleware.limits.counting import limits
from authwell.utils.randomness import digest


def charge_account(account_id: str) -> None:
    """Count a change that somebody makes by the API: RATE_LIMIT_PER_USER, however they came in.

    Raises:
        LimitReached: it is one too many.
    """
    here = limits()
    here.charge("account", account_id, here.settings.rate_limit_per_user)


def check_logins(username: str) -> None:
    """Refuse a login while too many for this account from this address have failed.

    Raises:
        LimitReached: RATE_LIMIT_LOGIN is reached.
    """
    here = limits()
    here.check("login", _login_key(username), here.settings.rate_limit_login)


def count_failed_login(username: str) -> None:
    """Count a failed login for an account and an address together (K48)."""
    here = limits()
    here.count("login", _login_key(username), here.settings.rate_limit_login)


def check_registrations() -> None:
    """Refuse a registration while there were too many from this address.

    Raises:
        LimitReached: RATE_LIMIT_REGISTER is reached.
    """
    here = limits()
    here.check("register", peer(), here.settings.rate_limit_register)


def count_registration() -> None:
    """Count one that asked for an account; a form that was not filled in well is none."""
    here = limits()
    here.count("register", peer(), here.settings.rate_limit_register)


def charge_password_reset(email: str) -> None:
    """Count somebody who asks for a link to one address, whether it has an account or not.

    Raises:
        LimitReached: RATE_LIMIT_PASSWORD_RESET is reached.
    """
    here = limits()
    key = f"{_named(email)}:{peer()}"
    here.charge("password_reset", key, here.settings.rate_limit_password_reset)


def _login_key(username: str) -> str:
    return f"{_named(username)}:{peer()}"


def _named(name: str) -> str:
    """A name that somebody typed, which in another tenant is somebody else's (THREATS.md TN-11)."""
    return f"{slug_of(request.environ)}:{digest(name.strip().casefold()).hex()[:32]}"
