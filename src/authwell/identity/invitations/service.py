"""Inviting: an administrator lets an address make itself an account (REQUIREMENTS.md K34, H2).

Only the letter has the token: who may invite learns no way in (THREATS.md RC-10). Tenant, address
and roles are those of the row, whatever the link or a form says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from authwell.config.settings import Settings
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.problems import NotFound
from authwell.identity.mail.letters import Letter, Letters
from authwell.identity.people.desk import minutes_of
from authwell.identity.people.email_addresses import read_email
from authwell.identity.people.enrolment import EmailTaken
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.database import Database, Transaction
from authwell.storage.people.accounts import Accounts
from authwell.storage.people.invitations import (
    InvitationRecord,
    InvitationRows,
    Renewal,
    add_invitation,
    by_client,
    renew_invitation,
    withdraw_invitation,
)
from authwell.utils.randomness import digest, new_id, new_secret
from authwell.utils.urls import below

PATH: Final = "/invitation"
_PREFIX: Final = "invite"
_KIND: Final = "invitation"


class Place(Protocol):
    """The tenant that somebody is invited to."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def issuer(self) -> str:
        """Below which the link is."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """Who shall come.

    Attributes:
        roles: that the account will have; the caller has asked whether they may be given.
        locale: the language of the letter (RFC 5646).
        inviter_id: the account that invites, if one does.
        client_id: the client that invites for itself, if one does.
    """

    email: str
    roles: Sequence[str] = ()
    locale: str | None = None
    inviter_id: str | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Invitations:
    """Sends invitations and takes them back."""

    database: Database
    settings: Settings
    letters: Letters
    ring: Callable[[], object]
    """Called when a letter lies in the outbox."""

    def invite(self, place: Place, wish: Wish, author: Author) -> InvitationRecord:
        """Write to an address; an open invitation of the same address works no more.

        Raises:
            InvalidEmail: it is no address.
            EmailTaken: it has an account that was verified, or deleted and not erased yet.
            Conflict: somebody invites the same address at this moment.
        """
        address = read_email(wish.email, is_development=self.settings.is_development)
        self._require_no_member(place, address.canonical)
        token = new_secret(_PREFIX)
        record = InvitationRecord(
            id=new_id(author.now),
            tenant_id=place.id,
            digest=digest(token),
            email=address.text,
            email_canonical=address.canonical,
            roles=tuple(sorted(set(wish.roles))),
            locale=wish.locale,
            invited_by=_named(author, wish.client_id),
            inviter_id=wish.inviter_id,
            created_at=author.now,
            sent_at=author.now,
            expires_at=author.now + self.settings.invitation_expire_days,
        )
        with self.database.transaction() as transaction:
            add_invitation(transaction, record)
            self._send(transaction, place, record, token, author)
            add_event(transaction, _event_of(EventType.INVITATION_SENT, record, author))
        self.ring()
        return record

    def replaced_by(self, place: Place, email: str) -> InvitationRecord | None:
        """The open invitation that another one to this address would end.

        Raises:
            InvalidEmail: it is no address.
        """
        address = read_email(email, is_development=self.settings.is_development)
        return InvitationRows(self.database, place.id).open_to(address.canonical)

    def resend(
        self,
        place: Place,
        invitation_id: str,
        author: Author,
        inviter_id: str | None = None,
        client_id: str | None = None,
    ) -> InvitationRecord:
        """Write once more, with another link and all of its time; the one before works no more.

        Args:
            place: the tenant.
            invitation_id: of which.
            author: who answers for it from now on, and for what it gives.
            inviter_id: their account, if they have one.
            client_id: of a client that does so for itself.

        Raises:
            NotFound: none of the tenant's that is open has this id.
        """
        token = new_secret(_PREFIX)
        with self.database.transaction() as transaction:
            record = renew_invitation(
                transaction,
                place.id,
                invitation_id,
                Renewal(
                    digest(token),
                    author.now,
                    author.now + self.settings.invitation_expire_days,
                    _named(author, client_id),
                    inviter_id,
                ),
            )
            if record is None:
                raise NotFound(_KIND, invitation_id)
            self._send(transaction, place, record, token, author)
            add_event(transaction, _event_of(EventType.INVITATION_RESENT, record, author))
        self.ring()
        return record

    def withdraw(self, place: Place, invitation_id: str, author: Author) -> None:
        """Take an open one back.

        Raises:
            NotFound: none of the tenant's that is open has this id.
        """
        with self.database.transaction() as transaction:
            if not withdraw_invitation(transaction, place.id, invitation_id, author.now):
                raise NotFound(_KIND, invitation_id)
            data = {"invitation": invitation_id}
            add_event(transaction, author.event(EventType.INVITATION_WITHDRAWN, place.id, data))

    def _require_no_member(self, place: Place, canonical: str) -> None:
        holder = Accounts(self.database).find_by_email(place.id, canonical)
        if holder is None:
            return
        if holder.status not in ("pending", "active") or holder.email_verified:
            raise EmailTaken

    def _send(
        self,
        transaction: Transaction,
        place: Place,
        record: InvitationRecord,
        token: str,
        author: Author,
    ) -> None:
        values = {
            "name": "",
            "link": below(place.issuer, f"{PATH}?token={token}"),
            "minutes": minutes_of(self.settings.invitation_expire_days),
        }
        letter = Letter("invitation", record.email, record.locale, values)
        self.letters.post(transaction, place.id, letter, author.now)


def _named(author: Author, client_id: str | None) -> str:
    """Who answers for it; nobody's name is that of a client by chance."""
    return (by_client(client_id) if client_id is not None else author.actor)[:255]


def _event_of(kind: EventType, record: InvitationRecord, author: Author) -> Event:
    """An event about an invitation."""
    data = {"invitation": record.id, "roles": list(record.roles)}
    return author.event(kind, record.tenant_id, data)
