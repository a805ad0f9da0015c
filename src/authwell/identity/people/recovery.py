"""A forgotten password: a link by mail, with which another one is set (REQUIREMENTS.md K11, D6-D8).

The link is bound to the account, its address and its password of now; it is tested where the
password is written and nowhere else (THREATS.md RC-02, RC-03). Second factors stay as they are
(MF-08), except where the address was never verified: then anybody may have set them up.
"""

from dataclasses import replace

from authwell.identity.mail.letters import Letter
from authwell.identity.people.desk import (
    AccountDesk,
    InvalidLink,
    hand_over,
    minutes_of,
    name_of,
    password_changed,
    set_password,
)
from authwell.identity.people.verification import KIND as VERIFICATION
from authwell.identity.people.verification import Origin
from authwell.protocol.events import EventType
from authwell.protocol.server import AuthorizationServer
from authwell.storage.accounts import AccountRecord
from authwell.storage.administration import PeopleEdit
from authwell.storage.audit import add_event
from authwell.storage.database import Transaction
from authwell.storage.links import Link, drop_links, put_link, take_link
from authwell.utils.randomness import digest, new_secret
from authwell.utils.urls import below

KIND = "password_reset"
"""`handles.kind` of the link."""
PATH = "/reset-password"

_PREFIX = "reset"
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
        token, lifetime = new_secret(_PREFIX), self._desk.settings.password_reset_token_expire_hours
        link = Link(
            digest=digest(token),
            tenant_id=server.tenant.id,
            kind=KIND,
            account_id=record.id,
            created_at=server.now,
            expires_at=server.now + lifetime,
            browser_digest=origin.browser,
            data={**_bound(record), "interaction": origin.interaction},
        )
        values = {
            "name": name_of(record),
            "link": below(server.issuer, f"{PATH}?token={token}"),
            "minutes": minutes_of(lifetime),
        }
        put_link(transaction, link)
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
        link, record = self._desk.find_link(server, KIND, token)
        if not _is_for(link, record):
            raise InvalidLink("address, password or status changed since it was sent")
        return link, record

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
            record = self._take(transaction, server, link)
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

    def _take(
        self, transaction: Transaction, server: AuthorizationServer, link: Link
    ) -> AccountRecord:
        record = PeopleEdit(transaction, server.tenant.id, server.now).lock(str(link.account_id))
        taken = take_link(transaction, server.tenant.id, KIND, link.digest, server.now)
        if taken is None or record is None or not _is_for(taken, record):
            raise InvalidLink("used or changed meanwhile")
        return record


def _bound(record: AccountRecord) -> dict[str, str | None]:
    """What must still be so: each change of the password moves `not_before`."""
    not_before = record.not_before.isoformat() if record.not_before else None
    return {"email": record.email_canonical, "not_before": not_before}


def _is_for(link: Link, record: AccountRecord) -> bool:
    bound = _bound(record)
    return record.status in _STATUSES and all(link.data.get(key) == bound[key] for key in bound)
