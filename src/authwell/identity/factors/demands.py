"""Who must have a second factor, by the tenant's policy (REQUIREMENTS.md K13)."""

from authwell.protocol.model import Account, Tenant
from authwell.protocol.second_factor import is_wanted
from authwell.storage.access.held import read_held
from authwell.storage.database import Database


def is_mandatory(database: Database, tenant: Tenant, account: Account) -> bool:
    """Whether the account may not go without one, as things stand now."""
    return is_wanted(tenant.policy, account, lambda: read_held(database, tenant.id, account.id))
