"""Who must have a second factor, by the tenant's policy (REQUIREMENTS.md K13)."""

from authwell.protocol.model import Account, Tenant
from authwell.storage.access.held import read_held
from authwell.storage.database import Database


def is_mandatory(database: Database, tenant: Tenant, account: Account) -> bool:
    """Whether the account may not go without one: all must, or one of its roles must.

    Roles that come by a group or by inheritance count too; they are read where no other decides.
    """
    roles = tenant.policy.mfa_required_roles
    if tenant.policy.mfa == "required" or not roles.isdisjoint(account.roles):
        return True
    return bool(roles) and not roles.isdisjoint(read_held(database, tenant.id, account.id).roles)
