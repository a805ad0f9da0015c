"""Who must have a second factor, by the tenant's policy (REQUIREMENTS.md K13)."""

from authwell.protocol.model import Account, Tenant


def is_mandatory(tenant: Tenant, account: Account) -> bool:
    """Whether the account may not go without one: all must, or one of its roles must."""
    policy = tenant.policy
    return policy.mfa == "required" or not policy.mfa_required_roles.isdisjoint(account.roles)
