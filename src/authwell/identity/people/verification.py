"""Showing that an e-mail address is one's own: a link is sent to it, and used once.

Whoever opens the link owns the address, and need not be who typed it in at the registration. In
the browser that registered both are one. Elsewhere the password of the registration counts for
nothing: the owner chooses one, and what was set up before ends (THREATS.md AU-17).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hmac import compare_digest

from authwell.identity.mail.letters import Letter
from authwell.identity.people.desk import (
    AccountDesk,
    InvalidLink,
    hand_over,
    minutes_of,
    name_of,
    set_password,
)
from authwell.identity.people.links import MailedLinks
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Transaction
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.links import Link, drop_links

KIND = "email_verification"
"""`handles.kind` of the link."""
PATH = "/verify-email"
TOGETHER = timedelta(minutes=30)
"""How long after the registration its browser is let in by the link without the password."""


class PasswordNeeded(Exception):
    """Whoever opened the link has to choose a password: somebody else may have registered."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a link was asked for.

    Attributes:
        browser: the digest of that browser's secret; None for programs.
        interaction: the authorization request that waits there.
    """

    browser: bytes | None = None
    interaction: str | None = None


@dataclass(frozen=True, slots=True)
class Opener:
    """Who opens a link.

    Attributes:
        browser: the digest of their browser's secret.
        account_id: who is logged in there.
        is_program: whether an application passes on what it has begun itself.
    """

    browser: bytes | None = None
    account_id: str | None = None
    is_program: bool = False

    def has_begun(self, link: Link) -> bool:
        """Whether the link was asked for here."""
        if self.is_program or (self.account_id is not None and self.account_id == link.account_id):
            return True
        begun, here = link.browser_digest, self.browser
        return begun is not None and here is not None and compare_digest(begun, here)


@dataclass(frozen=True, slots=True)
class Verified:
    """The address is its owner's.

    Attributes:
        account: as it is now.
        shown: when its password was typed in here, if that is not long ago.
        interaction: the request that waits in this browser.
    """

    account: Account
    shown: datetime | None = None
    interaction: str | None = None


class Verification:
    """Sends links and takes them."""

    def __init__(self, desk: AccountDesk) -> None:
        """Take what it works with."""
        self._desk = desk

    def send(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        record: AccountRecord,
        origin: Origin,
    ) -> None:
        """Send a link if the transaction commits; those before it work no more."""
        drop_links(transaction, server.tenant.id, record.id, (KIND,), server.now)
        lifetime = self._desk.settings.email_verification_expire_hours
        data = {"email": record.email_canonical, "interaction": origin.interaction}
        link = _LINKS.put(transaction, server, record, lifetime, data, origin.browser)
        values = {"name": name_of(record), "link": link, "minutes": minutes_of(lifetime)}
        letter = Letter("verify_email", str(record.email), record.locale, values, record.id)
        self._desk.post(transaction, server, letter)
        event = server.event(EventType.EMAIL_VERIFICATION_SENT, account=record.account)
        add_event(transaction, event)

    def resend(self, server: AuthorizationServer, email: str) -> None:
        """Send a new link to an address that waits for one; whether one does shows nowhere."""
        record = self._desk.find_by_email(server, email)
        if record is None or not waits(record) or not self.resend_to(server, record.id):
            self._desk.write_to_nobody(server)

    def resend_to(self, server: AuthorizationServer, account_id: str) -> bool:
        """The same for an account; False if its address waits for no link."""
        before = self._desk.links.latest(server.tenant.id, account_id, KIND)
        with self._desk.database.transaction() as transaction:
            people = PeopleEdit(transaction, server.tenant.id, server.now)
            record = people.lock(account_id)
            if record is None or not waits(record):
                return False
            if record.status == "pending":
                # Its age decides when somebody else may register the address.
                people.change(account_id, {})
            # Who asks for another link need not be who registered.
            self.send(transaction, server, record, _origin(before))
        self._desk.ring()
        return True

    def open(self, server: AuthorizationServer, token: str) -> tuple[Link, AccountRecord]:
        """Look at a link that works; it can still be used afterwards.

        Raises:
            InvalidLink: it does not.
        """
        return _LINKS.find(self._desk, server, token)

    def confirm(
        self,
        server: AuthorizationServer,
        token: str,
        opener: Opener,
        password: str | None = None,
    ) -> Verified:
        """Use a link up: the address is verified, and a pending account becomes active.

        Args:
            server: of this request.
            token: of the link.
            opener: who opens it.
            password: chosen anew; None keeps the one of the registration.

        Raises:
            InvalidLink: it does not work.
            PasswordNeeded: none was chosen by somebody else than who registered.
            WeakPassword: the password is refused; the link can be used again.
        """
        link, record = self.open(server, token)
        if password is None and not opener.has_begun(link):
            raise PasswordNeeded
        hashed = None
        if password is not None:
            hashed = self._desk.hash_for(server, record, password)
        with self._desk.database.transaction() as transaction:
            record = _LINKS.take(transaction, server, link)
            if hashed is None:
                people = PeopleEdit(transaction, server.tenant.id, server.now)
                people.change(record.id, {"email_verified": True, "status": "active"})
            else:
                hand_over(transaction, server, record)
                set_password(transaction, server, record, hashed)
            add_event(transaction, server.event(EventType.EMAIL_VERIFIED, account=record.account))
        self._desk.ring()
        return self._verified(server, link, opener, chosen=hashed is not None)

    def vouch(self, server: AuthorizationServer, account_id: str, actor: str) -> bool:
        """Take an address for verified because an administrator says so; False if none waits."""
        with self._desk.database.transaction() as transaction:
            people = PeopleEdit(transaction, server.tenant.id, server.now)
            record = people.lock(account_id)
            if record is None or not waits(record):
                return False
            people.change(record.id, {"email_verified": True, "status": "active"})
            drop_links(transaction, server.tenant.id, record.id, (KIND,), server.now)
            event = server.event(EventType.EMAIL_VERIFIED, account=record.account)
            add_event(transaction, replace(event, actor=actor))
        return True

    def _verified(
        self, server: AuthorizationServer, link: Link, opener: Opener, *, chosen: bool
    ) -> Verified:
        record = self._desk.accounts.find(server.tenant.id, str(link.account_id))
        if record is None:
            raise InvalidLink("the account is gone")
        is_here = opener.browser is not None and opener.browser == link.browser_digest
        interaction = link.data.get("interaction") if is_here else None
        if chosen:
            return Verified(record.account, server.now, interaction)
        is_recent = is_here and server.now - link.created_at <= TOGETHER
        return Verified(record.account, link.created_at if is_recent else None, interaction)


def waits(record: AccountRecord) -> bool:
    """Whether the account has an address that nobody has shown to be theirs."""
    may_be_verified = record.status in ("pending", "active")
    return may_be_verified and record.email is not None and not record.email_verified


def _is_for(link: Link, record: AccountRecord) -> bool:
    return waits(record) and link.data.get("email") == record.email_canonical


_LINKS = MailedLinks(KIND, "verify", PATH, _is_for)


def _origin(link: Link | None) -> Origin:
    if link is None:
        return Origin()
    return Origin(link.browser_digest, link.data.get("interaction"))
