"""The first administrator (REQUIREMENTS.md K16, G13; THREATS.md AU-19; ASVS 6.3.2).

There is no default password and no open set-up. Who can run commands on the server gets a handle
that works once, for an hour, and only while nobody is administrator of the root tenant. Or the
settings have a password for the account `admin`, which has no role before that is changed.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from authwell.config.settings import Settings
from authwell.identity.administration.owed import USERNAME, OwedChanges
from authwell.identity.configuration.authors import Author
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.people.desk import AccountDesk, InvalidLink
from authwell.identity.people.enrolment import InvalidRegistration, UsernameTaken, problems_of
from authwell.identity.people.names import canonical_username
from authwell.protocol.access import ADMIN
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Database, Transaction
from authwell.storage.errors import Conflict
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.people.first_administrator import (
    OWED,
    SHOWN,
    drop_shown,
    take_owed,
)
from authwell.storage.people.links import Link, put_link, take_link
from authwell.storage.people.superusers import has_superuser, take_turns
from authwell.storage.registry import ROOT
from authwell.utils.randomness import digest, new_id, new_secret

PATH: Final = "/console/first-administrator"
LIFETIME: Final = timedelta(hours=1)
_PREFIX: Final = "first"
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)


class HasAdministrator(Exception):
    """Somebody is administrator of the root tenant already."""


class FirstAdministrator:
    """Takes handles."""

    def __init__(self, desk: AccountDesk) -> None:
        """Take what it works with."""
        self._desk = desk
        self._owed = OwedChanges(desk.database)

    def require_missing(self, server: AuthorizationServer) -> None:
        """Find out whether there is anything to do here.

        Raises:
            InvalidLink: this is another tenant, or somebody is administrator.
        """
        if server.tenant.slug != ROOT:
            raise InvalidLink("not the root tenant")
        if self.exists(server):
            raise InvalidLink("there is an administrator")

    def exists(self, server: AuthorizationServer) -> bool:
        """Whether somebody is administrator of the tenant."""
        return has_superuser(self._desk.database, server.tenant.id)

    def make(
        self, server: AuthorizationServer, handle: str, username: str, password: str
    ) -> Account:
        """Use the handle up, and make the account with the role `admin`.

        Raises:
            InvalidLink: unknown, used or expired, or somebody is administrator.
            InvalidRegistration, UsernameTaken: as they say; the handle works still.
            TooBusy: the password could not be hashed now; the same.
        """
        self.require_missing(server)
        if self._desk.links.find(server.tenant.id, SHOWN, digest(handle), server.now) is None:
            raise InvalidLink("handle unknown, used or expired")
        record = _account(server.tenant.id, username.strip(), server.now)
        record = replace(record, roles=(ADMIN,))
        fields = problems_of(record)
        weaknesses = self._desk.weaknesses(server, record, password)
        if fields or weaknesses:
            raise InvalidRegistration(fields, weaknesses)
        hashed = self._desk.passwords.hash(password)
        try:
            with self._desk.database.transaction() as transaction:
                self._write(transaction, server, handle, record, hashed)
        except Conflict as conflict:
            raise UsernameTaken from conflict
        return record.account

    def must_change(self, server: AuthorizationServer, account: Account) -> bool:
        """Whether the account still has the password of the settings."""
        return self._owed.of(server.tenant, account)

    def _write(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        handle: str,
        record: AccountRecord,
        hashed: str,
    ) -> None:
        tenant_id, now = server.tenant.id, server.now
        take_turns(transaction, tenant_id)
        if take_link(transaction, tenant_id, SHOWN, digest(handle), now) is None:
            raise InvalidLink("handle used meanwhile")
        if has_superuser(transaction, tenant_id):
            raise InvalidLink("there is an administrator meanwhile")
        people = PeopleEdit(transaction, tenant_id, now)
        people.add(record)
        people.set_password(record.id, hashed)
        event = server.event(
            EventType.ADMINISTRATOR_FIRST_MADE, account=record.account, data={"by": "handle"}
        )
        add_event(transaction, event)


def make_handle(database: Database, tenant_id: str, author: Author) -> str:
    """What the terminal shows; one that was shown before works no more.

    Raises:
        HasAdministrator: it would be worth nothing.
    """
    handle = new_secret(_PREFIX)
    expires_at = author.now + LIFETIME
    with database.transaction() as transaction:
        take_turns(transaction, tenant_id)
        if has_superuser(transaction, tenant_id):
            raise HasAdministrator
        drop_shown(transaction, tenant_id, author.now)
        link = Link(digest(handle), tenant_id, SHOWN, None, author.now, expires_at)
        put_link(transaction, link)
        kind = EventType.ADMINISTRATOR_HANDLE_MADE
        add_event(transaction, author.event(kind, tenant_id, {}))
    return handle


def make_default(database: Database, settings: Settings, tenant_id: str, now: datetime) -> bool:
    """Make the account of DEFAULT_ADMIN_PASSWORD if there is no administrator; whether it did.

    An account that is called so already stays as it is.
    """
    password = settings.default_admin_password
    if password is None:
        return False
    if has_superuser(database, tenant_id):
        return False
    if Accounts(database).find_by_username(tenant_id, USERNAME) is not None:
        return False
    record = _account(tenant_id, USERNAME, now)
    hashed = Passwords.of(settings, parallel=1).hash(password)
    try:
        with database.transaction() as transaction:
            people = PeopleEdit(transaction, tenant_id, now)
            people.add(record)
            people.set_password(record.id, hashed)
            link = Link(digest(new_secret(_PREFIX)), tenant_id, OWED, record.id, now, _NEVER)
            put_link(transaction, link)
            kind = EventType.ADMINISTRATOR_DEFAULT_MADE
            add_event(transaction, Event(kind, tenant_id, now, account_id=record.id))
    except Conflict:
        return False
    return True


def promote(transaction: Transaction, server: AuthorizationServer, record: AccountRecord) -> None:
    """Give the role to the account of the settings, whose password has just been changed."""
    tenant_id = server.tenant.id
    if not take_owed(transaction, tenant_id, record.id, server.now):
        return
    take_turns(transaction, tenant_id)
    if has_superuser(transaction, tenant_id):
        return
    PeopleEdit(transaction, tenant_id, server.now).change(record.id, {"roles": (ADMIN,)})
    event = server.event(
        EventType.ADMINISTRATOR_FIRST_MADE, account=record.account, data={"by": "settings"}
    )
    add_event(transaction, event)


def _account(tenant_id: str, username: str, now: datetime) -> AccountRecord:
    return AccountRecord(
        id=new_id(now),
        tenant_id=tenant_id,
        username=username,
        username_canonical=canonical_username(username),
        created_at=now,
        updated_at=now,
    )
