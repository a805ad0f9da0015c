"""What an invitation gives when it is accepted: no more than its inviter may give by then."""

from authwell.identity.access.rules import may_give
from authwell.protocol.access import ADMIN, NOTHING, Held
from authwell.storage.access.held import read_held, read_held_by_role
from authwell.storage.database import Database, Transaction
from authwell.storage.people.invitations import InvitationRecord, inviting_client


def roles_given(source: Database | Transaction, invitation: InvitationRecord) -> tuple[str, ...]:
    """The roles of the row that its inviter holds all of now (THREATS.md TN-05).

    Who was demoted since gives nothing more by letters that are still about; nor does a client
    that lost the scope `admin`. What operators invite to stays as it was written.
    """
    names, tenant_id = tuple(invitation.roles), invitation.tenant_id
    if not names or (invitation.inviter_id is None and not invitation.is_by_client):
        return names
    held = _held(source, invitation)
    found = {name: read_held_by_role(source, tenant_id, name) for name in names}
    return tuple(
        name for name, role in found.items() if name in role.roles and may_give(held, role)
    )


def _held(source: Database | Transaction, invitation: InvitationRecord) -> Held:
    if invitation.inviter_id is not None:
        return read_held(source, invitation.tenant_id, invitation.inviter_id)
    metadata = inviting_client(source, invitation) or {}
    is_powerful = ADMIN in str(metadata.get("scope") or "").split()
    return read_held_by_role(source, invitation.tenant_id, ADMIN) if is_powerful else NOTHING
