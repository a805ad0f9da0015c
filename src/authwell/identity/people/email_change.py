"""Another e-mail address for an account (REQUIREMENTS.md G11).

The link goes to the new address and is good for exactly that one; of two requests the last one
counts (THREATS.md RC-05). Only this and the verification ever say that an address is verified
(RC-06). The old address is told, and gets a link that takes the change back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from authwell.identity.mail.letters import Letter
from authwell.identity.people.desk import (
    DOORS,
    AccountDesk,
    InvalidLink,
    already_registered,
    minutes_of,
    name_of,
    set_password,
)
from authwell.identity.people.email_addresses import EmailAddress, read_email
from authwell.identity.people.links import MailedLinks
from authwell.identity.people.verification import KIND as VERIFICATION
from authwell.protocol.events import EventType
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Transaction
from authwell.storage.errors import Conflict
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.links import Link, drop_links

CHANGE = "email_change"
UNDO = "email_undo"
"""`handles.kind` of the links."""
CHANGE_PATH = "/change-email"
UNDO_PATH = "/undo-email-change"
UNDO_LIFETIME = timedelta(days=7)


class SameEmail(ValueError):
    """The account has that address already."""


class EmailChange:
    """Sends links and takes them."""

    def __init__(self, desk: AccountDesk) -> None:
        """Take what it works with."""
        self._desk = desk

    def request(self, server: AuthorizationServer, account_id: str, new_email: str) -> None:
        """Send a link to the new address; or a letter to its owner, if it has an account.

        The caller has asked for the password or another proof of now.

        Raises:
            InvalidEmail: it is no address.
            SameEmail: it is the present one.
        """
        address = read_email(new_email, is_development=self._desk.settings.is_development)
        owner = self._desk.accounts.find_by_email(server.tenant.id, address.canonical)
        if owner is not None and owner.id == account_id and owner.email_verified:
            raise SameEmail
        with self._desk.database.transaction() as transaction:
            people = PeopleEdit(transaction, server.tenant.id, server.now)
            record = people.lock(account_id)
            if record is None or record.status != "active":
                return
            drop_links(transaction, server.tenant.id, record.id, (CHANGE,), server.now)
            if owner is None or owner.id == account_id or owner.status == "pending":
                self._send(transaction, server, record, address)
            elif owner.status == "active":
                self._desk.post(transaction, server, already_registered(server, owner))
            event = server.event(EventType.EMAIL_CHANGE_REQUESTED, account=record.account)
            add_event(transaction, event)
        self._desk.ring()

    def open(self, server: AuthorizationServer, kind: str, token: str) -> tuple[Link, str]:
        """Look at a link that works, and the address that its account will have.

        Raises:
            InvalidLink: it does not.
        """
        link, _ = _LINKS[kind].find(self._desk, server, token)
        return link, str(link.data["email"])

    def confirm(self, server: AuthorizationServer, token: str) -> str:
        """Give the account its new address.

        Raises:
            InvalidLink: the link does not work, or somebody else has the address meanwhile.
        """
        link, email = self.open(server, CHANGE, token)
        with self._changing(server, link) as (transaction, record):
            if record.email is not None and record.email_verified:
                self._offer_undo(transaction, server, record, email)
            add_event(transaction, server.event(EventType.EMAIL_CHANGED, account=record.account))
        return email

    def undo(self, server: AuthorizationServer, token: str, password: str) -> str:
        """Give the account its former address back, and another password.

        Whoever changed the address knew the one before; their sessions end.

        Raises:
            InvalidLink: the link does not work.
            WeakPassword: the password is refused; the link can be used again.
        """
        link, email = self.open(server, UNDO, token)
        known = self._desk.accounts.find(server.tenant.id, str(link.account_id))
        if known is None:
            raise InvalidLink("the account is gone")
        hashed = self._desk.hash_for(server, known, password)
        with self._changing(server, link) as (transaction, record):
            drop_links(transaction, server.tenant.id, record.id, (UNDO,), server.now)
            set_password(transaction, server, record, hashed)
            for kind in (EventType.EMAIL_CHANGED, EventType.PASSWORD_RESET):
                event = server.event(kind, account=record.account, data={"undo": True})
                add_event(transaction, event)
        return email

    @contextmanager
    def _changing(
        self, server: AuthorizationServer, link: Link
    ) -> Iterator[tuple[Transaction, AccountRecord]]:
        """Use the link up and write its address; the account as it was before."""
        holder = self._desk.accounts.find_by_email(server.tenant.id, str(link.data["canonical"]))
        try:
            with self._desk.database.transaction() as transaction:
                record = _LINKS[link.kind].take(transaction, server, link)
                if holder is not None and holder.id != record.id:
                    self._remove_squatter(transaction, server, holder)
                self._put(transaction, server, record, link)
                yield transaction, record
        except Conflict as conflict:
            raise InvalidLink("somebody else has the address") from conflict
        self._desk.ring()

    def _remove_squatter(
        self, transaction: Transaction, server: AuthorizationServer, holder: AccountRecord
    ) -> None:
        """Delete an account that waits for an address which is shown to be somebody else's."""
        people = PeopleEdit(transaction, server.tenant.id, server.now)
        present = people.lock(holder.id)
        if present is not None and present.status == "pending":
            people.delete(present.id)

    def _send(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        record: AccountRecord,
        address: EmailAddress,
    ) -> None:
        lifetime = self._desk.settings.email_verification_expire_hours
        data = _data(record, CHANGE, address)
        link = _LINKS[CHANGE].put(transaction, server, record, lifetime, data)
        values = {"name": name_of(record), "link": link, "minutes": minutes_of(lifetime)}
        letter = Letter("change_email", address.text, record.locale, values, record.id)
        self._desk.post(transaction, server, letter)

    def _offer_undo(
        self, transaction: Transaction, server: AuthorizationServer, record: AccountRecord, new: str
    ) -> None:
        """Tell the old address, from which the change can be taken back for a week."""
        former = EmailAddress(str(record.email), str(record.email_canonical))
        data = _data(record, UNDO, former)
        link = _LINKS[UNDO].put(transaction, server, record, UNDO_LIFETIME, data)
        values = {
            "name": name_of(record),
            "at": server.now.isoformat(),
            "new_email": new,
            "link": link,
        }
        letter = Letter("email_changed", former.text, record.locale, values, record.id)
        self._desk.post(transaction, server, letter)

    def _put(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        record: AccountRecord,
        link: Link,
    ) -> None:
        """Write the address; a user name that was the old address follows it."""
        email, canonical = str(link.data["email"]), str(link.data["canonical"])
        members = {"email": email, "email_canonical": canonical, "email_verified": True}
        if record.username_canonical == record.email_canonical:
            members |= {"username": email, "username_canonical": canonical}
        people = PeopleEdit(transaction, server.tenant.id, server.now)
        people.change(record.id, members)
        kinds = (*DOORS, VERIFICATION)
        drop_links(transaction, server.tenant.id, record.id, kinds, server.now)


def _data(record: AccountRecord, kind: str, address: EmailAddress) -> dict[str, str | None]:
    return {"email": address.text, "canonical": address.canonical, **_bound(record, kind)}


def _bound(record: AccountRecord, kind: str) -> dict[str, str | None]:
    """What must still be so. An undo is for what somebody else has done, so nothing ends it."""
    if kind == UNDO:
        return {}
    not_before = record.not_before.isoformat() if record.not_before else None
    return {"from": record.email_canonical, "not_before": not_before}


def _is_for(link: Link, record: AccountRecord) -> bool:
    bound = _bound(record, link.kind)
    return record.status == "active" and all(link.data.get(key) == bound[key] for key in bound)


_LINKS = {
    CHANGE: MailedLinks(CHANGE, "email", CHANGE_PATH, _is_for),
    UNDO: MailedLinks(UNDO, "email", UNDO_PATH, _is_for),
}
