"""Whose account a call of the first-party API is about, and what they have shown for it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import g, request

from authwell.identity.factors.demands import is_owed_by_grant
from authwell.middleware.bearer import bearer_token
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.charges import charge_account
from authwell.middleware.metrics import count_api_key, log_with
from authwell.protocol.errors import (
    AmbiguousToken,
    InsufficientAuthentication,
    InsufficientScope,
    InvalidApiKey,
)
from authwell.protocol.model import Account, Grant
from authwell.protocol.tokens import access_token

SCOPE: Final = "account"
"""What an access token must allow (DESIGN.md section 3, audience)."""

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who calls.

    Attributes:
        account: as it is now.
        grant: that of the access token; None for a key.
        key_id: of the API key; None for a token.
    """

    account: Account
    grant: Grant | None = None
    key_id: str | None = None

    @property
    def session_id(self) -> str | None:
        """The session of the token, if it has one."""
        return self.grant.session_id if self.grant is not None else None


def require_account(
    key_scope: str | None = None, *, is_leaving: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Demand an access token with the scope `account`; `signed_in()` gives the view its account.

    Args:
        key_scope: what an API key must allow to be taken instead of a token; None: keys are not
            taken, because the view changes what a person proves themselves with.
        is_leaving: whether the login may lack a second factor that the person needs by now.

    Raises:
        BearerError: none, a bad one, or one that does not allow this.
        TooManyRequests: the account has changed too much in the last minute.
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.signed_in = found = _read_caller(key_scope, is_leaving=is_leaving)
            log_with(account_id=found.account.id)
            if request.method not in _READING:
                charge_account(found.account.id)
            return view(*args, **kwargs)

        return guarded

    return decorate


def signed_in() -> SignedIn:
    """Who `require_account` let through."""
    found: SignedIn = g.signed_in
    return found


def require_enough(grant: Grant) -> None:
    """Refuse a token whose login lacked a second factor that its person needs by now (MF-04).

    Raises:
        InsufficientAuthentication: they log in again, and show or set up one.
    """
    if is_owed_by_grant(site().database, authorization_server(), grant):
        raise InsufficientAuthentication("the login behind the token had one factor")


def _read_caller(key_scope: str | None, *, is_leaving: bool) -> SignedIn:
    key = request.environ.get("HTTP_X_API_KEY")
    if key is None:
        return _of_token(is_leaving=is_leaving)
    if "HTTP_AUTHORIZATION" in request.environ:
        raise AmbiguousToken("a token and an API key")
    return _of_key(key, key_scope)


def _of_key(value: str, key_scope: str | None) -> SignedIn:
    """The owner of a key (REQUIREMENTS.md J4, J9)."""
    found = site().api_keys.find(authorization_server(), value)
    if found is None or found.ended is not None:
        count_api_key("refused")
        raise InvalidApiKey("unknown API key" if found is None else str(found.ended))
    if key_scope is None or key_scope not in found.record.scopes:
        count_api_key("refused")
        raise InsufficientScope(f"the API key would need {key_scope or 'to be an access token'}")
    count_api_key("accepted")
    return SignedIn(found.account, key_id=found.record.id)


def _of_token(*, is_leaving: bool) -> SignedIn:
    server = authorization_server()
    token = access_token.read(server, bearer_token())
    grant = token.grant
    if SCOPE not in token.scope or server.tenant.api not in token.audience:
        raise InsufficientScope(f"needs {SCOPE} for {server.tenant.api}")
    if grant is None or grant.account is None:
        raise InsufficientScope("the token speaks for a client and for nobody's account")
    if not is_leaving:
        require_enough(grant)
    return SignedIn(grant.account, grant=grant)
