"""Whether a session does for what its tenant's policy wants by now (REQUIREMENTS.md K13).

Who logs in is asked by the entrance. A role, a group or a policy that wants a second factor may
come later: what goes on with the session then asks for it, and the session stays.
"""

from collections.abc import Callable

from authwell.protocol import authentication_context as context
from authwell.protocol.access import Held
from authwell.protocol.model import Account, Session
from authwell.protocol.policy import Policy
from authwell.protocol.server import AuthorizationServer


def is_wanted(policy: Policy, account: Account, held: Callable[[], Held]) -> bool:
    """Whether the account may not go without a second factor: all must have one, or a role must.

    Args:
        policy: of the tenant.
        account: whose.
        held: reads what it holds, with the roles that come by a group or by inheritance; it is
            asked only where nothing else decides.
    """
    roles = policy.mfa_required_roles
    if policy.mfa == "required" or not roles.isdisjoint(account.roles):
        return True
    return bool(roles) and not roles.isdisjoint(held().roles)


def is_owed(server: AuthorizationServer, session: Session) -> bool:
    """Whether the person of a session has to show one before it goes on.

    A session that suffices, and a policy that wants none, cost nothing; what a person holds is
    remembered by the port until access changes.
    """
    policy = server.tenant.policy
    if context.has_two_factors(session.amr) or _is_spared(server, session):
        return False
    return is_wanted(
        policy, session.account, lambda: server.store.access.of(server.tenant, session.account)
    )


def _is_spared(server: AuthorizationServer, session: Session) -> bool:
    """Whether the person has asked, on this device, not to be asked again (THREATS.md MF-10)."""
    if server.tenant.policy.trusted_device_lifetime is None:
        return False
    return session.trusted_until is not None and session.trusted_until > server.now
