"""Who administers by a call of the API, and whether they may do this (REQUIREMENTS.md G, I)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from flask import g

from authwell.identity.access.scope import allowed_scope
from authwell.identity.configuration.authors import Author
from authwell.middleware.api.callers import require_enough
from authwell.middleware.bearer import bearer_token
from authwell.middleware.context import authorization_server, caller
from authwell.middleware.errors import Problem
from authwell.middleware.metrics import log_with
from authwell.protocol.access import ADMIN, NOTHING, Held, Permission
from authwell.protocol.errors import InsufficientScope
from authwell.protocol.model import Account, Client
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import access_token

ACCOUNT: Final = "account"

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Administrator:
    """Who calls.

    Attributes:
        id: of the account or the client, for the audit log: whatever clients know a person by.
        held: what they hold themselves, which bounds what they can give to others.
        account: None for a client that speaks for itself.
    """

    id: str
    held: Held
    token: access_token.AccessToken
    account: Account | None = None


def require_permission(
    resource_type: str, action: str, *, or_account: bool = False
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Demand a token with the scope `admin` whose holder has a permission.

    The permission is asked for each time, so that taking it away takes effect at once.

    Args:
        resource_type: what the operation is about.
        action: what it does.
        or_account: whether a token of any account with the scope `account` will do as well.

    Raises:
        BearerError: no token, a bad one, one for another audience, or without the scope.
        Problem: its holder has not the permission.
    """
    wanted = Permission(resource_type, action)

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            g.administrator = _administrator(wanted, or_account=or_account)
            return view(*args, **kwargs)

        return guarded

    return decorate


def administrator() -> Administrator:
    """Who `require_permission` let through."""
    found: Administrator = g.administrator
    return found


def author() -> Author:
    """The same, for what changes the configuration."""
    found = administrator()
    return Author(found.id, authorization_server().now, caller(), found.held.is_superuser)


def _administrator(wanted: Permission, *, or_account: bool) -> Administrator:
    server = authorization_server()
    token = access_token.read(server, bearer_token())
    holder = _holder(server, token)
    account = holder if isinstance(holder, Account) else None
    caller_id = account.id if account is not None else token.client_id
    if account is not None:
        log_with(account_id=account.id)
    if server.tenant.api not in token.audience or holder is None:
        raise InsufficientScope(f"needs {ADMIN} for {server.tenant.api}")
    if token.grant is not None:
        require_enough(token.grant)
    if or_account and account is not None and ACCOUNT in token.scope:
        return Administrator(caller_id, _held(server, holder), token, account)
    if ADMIN not in allowed_scope(server, holder, token.scope):
        raise InsufficientScope(f"needs {ADMIN} for {server.tenant.api}")
    held = _held(server, holder)
    if not held.allows(*wanted) and account is not None:
        held = server.store.access.of_now(server.tenant, account)
    if not held.allows(*wanted):
        raise Problem(403, "forbidden", f"This needs the permission {wanted}.")
    return Administrator(caller_id, held, token, account)


def _holder(
    server: AuthorizationServer, token: access_token.AccessToken
) -> Account | Client | None:
    """Whom the token speaks for."""
    person = token.grant.account if token.grant is not None else None
    return person if person is not None else server.clients.find(token.client_id)


def _held(server: AuthorizationServer, holder: Account | Client | None) -> Held:
    if isinstance(holder, Account):
        return server.store.access.of(server.tenant, holder)
    return server.store.access.of_client(server.tenant, holder) if holder else NOTHING
