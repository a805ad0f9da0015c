"""A forgotten password: a link by mail, with which another one is set (REQUIREMENTS.md K11, D6-D8).

The link is bound to the account, its address and its password of now; it is tested where the
password is written and nowhere else (THREATS.md RC-02, RC-03). Second factors stay as they are
(MF-08), except where the address was never verified: then anybody may have set them up.
"""

from dataclasses import replace

from authwell.identity.mail.letters import Letter
from authwell.identity.people.desk import (
    AccountDesk,
    hand_over,
    minutes_of,
    name_of,
    password_changed,
    set_password,
)
from authwell.identity.people.links import MailedLinks
from authwell.identity.people.verification import KIND as VERIFICATION
from authwell.identity.people.verification import Origin
from authwell.protocol.events import EventType
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.database import Transaction
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.links import Link, drop_links

KIND = "password_reset"
"""`handles.kind` of the link."""
PATH = "/reset-password"

_STATUSES = ("pending", "active")


class Recovery:
    """Sends links and takes them."""

    def __init__(self, desk: AccountDesk) -> None:
        """Take what it works with."""
        self._desk = desk

    def request(self, server: AuthorizationServer, email: str, origin: Origin) -> None:
        """Send a link to the address if it has an account; whether it does shows nowhere."""
        record = self._desk.find_by_email(server, email)
        if record is None or not self.send(server, record, origin):
            self._desk.write_to_nobody(server)

    def send(
        self,
        server: AuthorizationServer,
        record: AccountRecord,
        origin: Origin,
        actor: str | None = None,
    ) -> bool:
        """Send a link to an account; False if it can get none.

        Args:
            server: of this request.
            record: the account.
            origin: where it was asked for.
            actor: who asks, if it is not the person.
        """
        with self._desk.database.transaction() as transaction:
            if not self.post(transaction, server, record, origin, actor):
                return False
        self._desk.ring()
        return True

    def post(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        record: AccountRecord,
        origin: Origin,
        actor: str | None = None,
    ) -> bool:
        """The same in a transaction; the caller rings the bell of the outbox."""
        if record.status not in _STATUSES or record.email is None:
            return False
        lifetime = self._desk.settings.password_reset_token_expire_hours
        data = {**_bound(record), "interaction": origin.interaction}
        link = _LINKS.put(transaction, server, record, lifetime, data, origin.browser)
        values = {"name": name_of(record), "link": link, "minutes": minutes_of(lifetime)}
        letter = Letter("reset_password", record.email, record.locale, values, record.id)
        self._desk.post(transaction, server, letter)
        event = server.event(EventType.PASSWORD_RESET_REQUESTED, account=record.account)
        add_event(transaction, replace(event, actor=actor))
        return True

    def open(self, server: AuthorizationServer, token: str) -> tuple[Link, AccountRecord]:
        """Look at a link that works; it can still be used afterwards.

        Raises:
            InvalidLink: it does not.
        """
        return _LINKS.find(self._desk, server, token)

    def confirm(
        self, server: AuthorizationServer, token: str, password: str, browser: bytes | None = None
    ) -> str | None:
        """Set another password by a link: the waiting request of its browser, if this is it.

        All sessions and tokens of the account end, a lock too, and its owner is told.

        Raises:
            InvalidLink: the link does not work.
            WeakPassword: the password is refused; the link can be used again.
            TooBusy: it could not be hashed now.
        """
        link, record = self.open(server, token)
        hashed = self._desk.hash_for(server, record, password)
        with self._desk.database.transaction() as transaction:
            record = _LINKS.take(transaction, server, link)
            if not record.email_verified:
                hand_over(transaction, server, record)
                drop_links(transaction, server.tenant.id, record.id, (VERIFICATION,), server.now)
                add_event(
                    transaction, server.event(EventType.EMAIL_VERIFIED, account=record.account)
                )
            set_password(transaction, server, record, hashed)
            add_event(transaction, server.event(EventType.PASSWORD_RESET, account=record.account))
            self._desk.post(transaction, server, password_changed(server, record))
        self._desk.ring()
        is_here = browser is not None and browser == link.browser_digest
        return link.data.get("interaction") if is_here else None


def _bound(record: AccountRecord) -> dict[str, str | None]:
    """What must still be so: each change of the password moves `not_before`."""
    not_before = record.not_before.isoformat() if record.not_before else None
    return {"email": record.email_canonical, "not_before": not_before}


def _is_for(link: Link, record: AccountRecord) -> bool:
    bound = _bound(record)
    return record.status in _STATUSES and all(link.data.get(key) == bound[key] for key in bound)


_LINKS = MailedLinks(KIND, "reset", PATH, _is_for)
