"""Things that addresses of the console name, in this tenant; another's do not exist."""

from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.exceptions import Forbidden

from authwell.identity.administration.administrators import NotAllowed
from authwell.identity.configuration.problems import NotFound
from authwell.middleware.console_pages import acting
from authwell.middleware.context import authorization_server, site
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.values import searchable


def find_user(account_id: str) -> AccountRecord:
    """The account of that id.

    Raises:
        NotFound: there is none.
    """
    tenant_id = authorization_server().tenant.id
    found = Accounts(site().database).find(tenant_id, searchable(account_id))
    if found is None:
        raise NotFound("account", account_id)
    return found


def find_user_to_change(account_id: str) -> AccountRecord:
    """The same, if whoever asks may change it.

    Raises:
        NotFound: there is none.
        Forbidden: it is a superuser, and they are none (REQUIREMENTS.md G14); or it holds more
            than they do (THREATS.md TN-05).
    """
    record = find_user(account_id)
    with _forbidding():
        acting().require_over(authorization_server(), record)
    return record


def require_other(record: AccountRecord) -> None:
    """Check that nobody shuts themselves out.

    Raises:
        Forbidden: it is their own account.
    """
    with _forbidding():
        acting().require_other(record)


@contextmanager
def _forbidding() -> Iterator[None]:
    try:
        yield
    except NotAllowed as refused:
        raise Forbidden(refused.reason) from refused
