"""Accepting an invitation: the account is made with the address and the roles of the row.

Of the roles it gets those that the inviter may give still (`giving.py`).

Opening the letter shows that the address is one's own, so the account is verified from its
beginning. An account that somebody registered with the address and never verified is taken over,
and what was set up with it ends (THREATS.md AU-17).
"""

from dataclasses import dataclass, replace

from authwell.identity.invitations.giving import roles_given
from authwell.identity.people.desk import AccountDesk, InvalidLink, hand_over, set_password
from authwell.identity.people.enrolment import (
    EmailTaken,
    InvalidRegistration,
    UsernameTaken,
    problems_of,
)
from authwell.identity.people.names import canonical_username
from authwell.identity.people.verification import waits
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Transaction
from authwell.storage.errors import Conflict
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.invitations import InvitationRecord, InvitationRows, take_invitation
from authwell.utils.randomness import digest, new_id


@dataclass(frozen=True, slots=True)
class Guest:
    """What somebody typed who was invited; a blank user name is the address."""

    username: str
    password: str
    full_name: str | None = None
    locale: str | None = None


class Acceptance:
    """Takes invitations."""

    def __init__(self, desk: AccountDesk) -> None:
        """Take what it works with."""
        self._desk = desk

    def open(self, server: AuthorizationServer, token: str) -> InvitationRecord:
        """Look at an invitation that stands; it can still be accepted afterwards.

        Raises:
            InvalidLink: unknown here, used, withdrawn, expired, or its inviter is gone.
        """
        rows = InvitationRows(self._desk.database, server.tenant.id)
        found = rows.standing(digest(token), server.now)
        if found is None:
            raise InvalidLink("invitation unknown, used, withdrawn or expired")
        return replace(found, roles=roles_given(self._desk.database, found))

    def accept(self, server: AuthorizationServer, token: str, guest: Guest) -> Account:
        """Use an invitation up, and make the account.

        Raises:
            InvalidLink: as `open` says.
            InvalidRegistration: a member is not what it must be; it can be accepted still.
            UsernameTaken: as it says; the same.
            EmailTaken: the address has a verified account by now; the same.
            TooBusy: the password could not be hashed now; the same.
        """
        invitation = self.open(server, token)
        record = self._read(server, invitation, guest)
        hashed = self._desk.passwords.hash(guest.password)
        holder = self._desk.accounts.find_by_email(server.tenant.id, invitation.email_canonical)
        try:
            with self._desk.database.transaction() as transaction:
                record = replace(record, roles=roles_given(transaction, invitation))
                if holder is None:
                    PeopleEdit(transaction, server.tenant.id, server.now).add(record)
                else:
                    record = _take_over(transaction, server, holder.id, record)
                taken = take_invitation(
                    transaction, server.tenant.id, invitation.digest, record.id, server.now
                )
                if taken is None:
                    raise InvalidLink("invitation used or withdrawn meanwhile")
                set_password(transaction, server, record, hashed)
                data = {"invitation": taken.id, "roles": list(record.roles)}
                if withheld := sorted({*taken.roles} - {*record.roles}):
                    data["withheld"] = withheld
                event = server.event(
                    EventType.INVITATION_ACCEPTED, account=record.account, data=data
                )
                add_event(transaction, event)
        except Conflict as conflict:
            # Somebody else with the same link was faster, or somebody has the name.
            self.open(server, token)
            raise (EmailTaken if conflict.concerns("email") else UsernameTaken) from conflict
        return record.account

    def _read(
        self, server: AuthorizationServer, invitation: InvitationRecord, guest: Guest
    ) -> AccountRecord:
        """The account that is to be."""
        username = guest.username.strip() or invitation.email
        record = AccountRecord(
            id=new_id(server.now),
            tenant_id=server.tenant.id,
            username=username,
            username_canonical=canonical_username(username),
            created_at=server.now,
            updated_at=server.now,
            email=invitation.email,
            email_canonical=invitation.email_canonical,
            email_verified=True,
            full_name=(guest.full_name or "").strip() or None,
            roles=tuple(invitation.roles),
            locale=guest.locale or invitation.locale,
        )
        fields = problems_of(record)
        if not guest.password:
            fields["password"] = "missing"
        weaknesses = self._desk.weaknesses(server, record, guest.password)
        if fields or weaknesses:
            raise InvalidRegistration(fields, weaknesses)
        return record


def _take_over(
    transaction: Transaction, server: AuthorizationServer, account_id: str, wanted: AccountRecord
) -> AccountRecord:
    people = PeopleEdit(transaction, server.tenant.id, server.now)
    present = people.lock(account_id)
    if present is None or not waits(present) or present.email_canonical != wanted.email_canonical:
        raise EmailTaken
    hand_over(transaction, server, present)
    # What was given to this address before stays given.
    roles = tuple(sorted({*present.roles, *wanted.roles}))
    renewed = replace(wanted, id=present.id, created_at=present.created_at, roles=roles)
    names = ("username", "username_canonical", "email", "full_name", "roles", "locale")
    people.change(present.id, {name: getattr(renewed, name) for name in names})
    return renewed
