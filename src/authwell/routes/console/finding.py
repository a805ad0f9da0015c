"""Things that addresses of the console name, in this tenant; another's do not exist."""

from authwell.identity.configuration.problems import NotFound
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
