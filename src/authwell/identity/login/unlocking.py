"""Opening a locked account before its time: by a link to its owner, or by an administrator.

Who locks an account by guessing is seldom its owner, who reads of it in a mail (THREATS.md AU-08).
"""

from datetime import datetime, timedelta

from authwell.identity.login.guard import Door, subject_of
from authwell.identity.mail.letters import Letter
from authwell.identity.people.desk import AccountDesk, InvalidLink, minutes_of, name_of
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.database import Database
from authwell.storage.login.guards import is_locked, unlock, unlock_subject
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.links import Link, drop_links, put_link, take_link
from authwell.utils.randomness import digest, new_secret
from authwell.utils.urls import below

KIND = "unlock"
"""`handles.kind` of the link."""
PATH = "/unlock"
LIFETIME = timedelta(hours=1)

_PREFIX = "unlock"


class Unlocking:
    """Sends links and takes them."""

    def __init__(self, desk: AccountDesk) -> None:
        """Take what it works with."""
        self._desk = desk

    def send(self, door: Door, account_id: str) -> None:
        """Tell the owner that the account is locked, and how to open it."""
        record = self._desk.accounts.find(door.tenant_id, account_id)
        if record is None or record.status != "active" or not record.email_verified:
            return
        token = new_secret(_PREFIX)
        link = Link(
            digest=digest(token),
            tenant_id=door.tenant_id,
            kind=KIND,
            account_id=account_id,
            created_at=door.now,
            expires_at=door.now + LIFETIME,
        )
        values = {
            "name": name_of(record),
            "link": below(door.tenant.issuer, f"{PATH}?token={token}"),
            "minutes": minutes_of(LIFETIME),
        }
        letter = Letter("unlock_account", str(record.email), record.locale, values, account_id)
        with self._desk.database.transaction() as transaction:
            drop_links(transaction, door.tenant_id, account_id, (KIND,), door.now)
            put_link(transaction, link)
            self._desk.letters.post(transaction, door.tenant_id, letter, door.now)
        self._desk.ring()

    def open(self, server: AuthorizationServer, token: str) -> AccountRecord:
        """Whose account a link opens; it stays as it is.

        Raises:
            InvalidLink: it does not work.
        """
        return self._desk.find_link(server, KIND, token)[1]

    def confirm(self, server: AuthorizationServer, token: str) -> None:
        """Use the link up and open the account.

        Raises:
            InvalidLink: it does not work.
        """
        tenant_id = server.tenant.id
        with self._desk.database.transaction() as transaction:
            link = take_link(transaction, tenant_id, KIND, digest(token), server.now)
            if link is None or link.account_id is None:
                raise InvalidLink("unknown, used or expired")
            unlock(transaction, tenant_id, link.account_id, server.now)
            event = Door.of(server).event(EventType.ACCOUNT_UNLOCKED, link.account_id, by="mail")
            add_event(transaction, event)


def is_address_locked(database: Database, tenant_id: str, address: str, now: datetime) -> bool:
    """Whether attempts from an address wait, which is named as the list of locks names it."""
    return is_locked(database, tenant_id, subject_of(address), now)


def unlock_address(database: Database, event: Event, address: str) -> bool:
    """Let attempts from an address in again because an administrator says so; whether it was locked.

    Args:
        database: where.
        event: what to keep if it was.
        address: as the list of locks names it: a subscriber's, such as `192.0.2.1`.
    """
    with database.transaction() as transaction:
        was_locked = unlock_subject(transaction, event.tenant_id, subject_of(address), event.at)
        if was_locked:
            add_event(transaction, event)
    return was_locked


def unlock_account(database: Database, event: Event) -> bool:
    """Open the event's account because an administrator says so; whether it was locked."""
    with database.transaction() as transaction:
        was_locked = unlock(transaction, event.tenant_id, event.account_id or "", event.at)
        if was_locked:
            add_event(transaction, event)
    return was_locked
