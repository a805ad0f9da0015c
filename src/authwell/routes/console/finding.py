"""Things that addresses of the console name, in this tenant; another's do not exist."""

from werkzeug.exceptions import Forbidden

from authwell.identity.configuration.problems import NotFound
from authwell.middleware.console_pages import administrator, held
from authwell.middleware.context import authorization_server, site
from authwell.storage.accounts import AccountRecord, Accounts
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
    server = authorization_server()
    theirs = server.store.access.of_now(server.tenant, record.account)
    if theirs.is_superuser and not held().is_superuser:
        raise Forbidden("Only a superuser may change a superuser.")
    if not held().covers_all_of(theirs):
        raise Forbidden("Who holds more than you is not yours to change.")
    return record


def require_other(record: AccountRecord) -> None:
    """Check that nobody shuts themselves out.

    Raises:
        Forbidden: it is their own account.
    """
    if record.id == administrator().account.id:
        raise Forbidden("This is your own account. Another administrator has to do this.")
