"""What an invitation gives when it is accepted: no more than its inviter may give by then."""

from authwell.identity.access.rules import may_give
from authwell.storage.access.held import read_held, read_held_by_role
from authwell.storage.database import Database, Transaction
from authwell.storage.invitations import InvitationRecord


def roles_given(source: Database | Transaction, invitation: InvitationRecord) -> tuple[str, ...]:
    """The roles of the row that its inviter holds all of now (THREATS.md TN-05).

    Who was demoted since gives nothing more by letters that are still about. What operators and
    clients invite to stays as it was written.
    """
    names = tuple(invitation.roles)
    if invitation.inviter_id is None or not names:
        return names
    tenant_id = invitation.tenant_id
    held = read_held(source, tenant_id, invitation.inviter_id)
    found = {name: read_held_by_role(source, tenant_id, name) for name in names}
    return tuple(
        name for name, role in found.items() if name in role.roles and may_give(held, role)
    )
