"""Who must have a second factor, by the tenant's policy (REQUIREMENTS.md K13)."""

from authwell.protocol import authentication_context as context
from authwell.protocol.model import Account, Grant, Tenant
from authwell.protocol.second_factor import is_wanted
from authwell.protocol.server import AuthorizationServer
from authwell.storage.access.held import read_held
from authwell.storage.database import Database
from authwell.storage.login.devices import trusted_until


def is_mandatory(database: Database, tenant: Tenant, account: Account) -> bool:
    """Whether the account may not go without one, as things stand now."""
    return is_wanted(tenant.policy, account, lambda: read_held(database, tenant.id, account.id))


def is_owed_by_grant(database: Database, server: AuthorizationServer, grant: Grant) -> bool:
    """Whether the login behind a token lacked the factor that its person needs by now.

    What a device is trusted for is read only where nothing else decides.
    """
    account, policy = grant.account, server.tenant.policy
    if account is None or context.has_two_factors(grant.amr):
        return False
    if not is_wanted(policy, account, lambda: server.store.access.of(server.tenant, account)):
        return False
    if policy.trusted_device_lifetime is None or grant.session_id is None:
        return True
    until = trusted_until(database, server.tenant.id, grant.session_id)
    return until is None or until <= server.now
