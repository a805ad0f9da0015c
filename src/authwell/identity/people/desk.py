"""What the services of accounts work with, and what several of them do to an account."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from authwell.config.settings import Settings
from authwell.identity.mail.letters import Letter, Letters
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.passwords.new import NewPasswords
from authwell.identity.passwords.policy import Weakness, context
from authwell.identity.people.email_addresses import InvalidEmail, read_email
from authwell.protocol.server import AuthorizationServer
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Database, Transaction
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.people.belongings import drop_belongings
from authwell.storage.people.links import Link, Links, drop_links, put_link
from authwell.utils.randomness import digest, new_secret
from authwell.utils.urls import below

DOORS = (
    "password_reset",
    "magic_link",
    "magic_link_waiting",
    "email_change",
    "pending_login",
    "unlock",
)
"""Kinds of one-time things that open an account and end with its password."""

NOBODY = "nobody"
"""`handles.kind` of what nobody can use."""


class InvalidLink(Exception):
    """The link is unknown, used, expired, or was made for what is not so any more.

    Attributes:
        reason: which of these, for the log.
    """

    def __init__(self, reason: str) -> None:
        """Say why."""
        super().__init__("The link does not work.")
        self.reason = reason


class WeakPassword(ValueError):
    """The password is refused.

    Attributes:
        weaknesses: all that speaks against it.
    """

    def __init__(self, weaknesses: tuple[Weakness, ...]) -> None:
        """Say why."""
        super().__init__("The password is refused.")
        self.weaknesses = weaknesses


@dataclass(frozen=True, slots=True)
class AccountDesk:
    """The database, the hashes and the outgoing mail."""

    database: Database
    settings: Settings
    letters: Letters
    passwords: Passwords
    new_passwords: NewPasswords
    ring: Callable[[], object]
    """Called when a letter lies in the outbox."""

    @property
    def accounts(self) -> Accounts:
        """The accounts as they are read."""
        return Accounts(self.database)

    @property
    def links(self) -> Links:
        """The links as they are read."""
        return Links(self.database)

    def find_by_email(self, server: AuthorizationServer, email: str) -> AccountRecord | None:
        """The account of an address as somebody typed it."""
        try:
            address = read_email(email, is_development=self.settings.is_development)
        except InvalidEmail:
            return None
        return self.accounts.find_by_email(server.tenant.id, address.canonical)

    def find_link(
        self, server: AuthorizationServer, kind: str, token: str
    ) -> tuple[Link, AccountRecord]:
        """A link that can be used, and whose it is; it stays as it is.

        Raises:
            InvalidLink: it is unknown, used or expired, or its account is gone.
        """
        link = self.links.find(server.tenant.id, kind, digest(token), server.now)
        record = self.accounts.find(server.tenant.id, (link and link.account_id) or "")
        if link is None or record is None:
            raise InvalidLink("unknown, used or expired")
        return link, record

    def post(self, transaction: Transaction, server: AuthorizationServer, letter: Letter) -> None:
        """Send a letter if the transaction commits; then `ring`."""
        self.letters.post(transaction, server.tenant.id, letter, server.now)

    def write_to_nobody(self, server: AuthorizationServer) -> None:
        """Write as much as for an account that gets a link, where there is none.

        The time of the answer must not tell (AU-02); the clean-up takes it away.
        """
        token = new_secret("nobody")
        values = Link(digest(token), server.tenant.id, NOBODY, None, server.now, server.now)
        with self.database.transaction() as transaction:
            PeopleEdit(transaction, server.tenant.id, server.now).lock(token)
            drop_links(transaction, server.tenant.id, token, (NOBODY,), server.now)
            put_link(transaction, values)
            self.letters.post_to_nobody(transaction, server.tenant.id, server.now)
        self.ring()

    def weaknesses(
        self, server: AuthorizationServer, record: AccountRecord, password: str
    ) -> tuple[Weakness, ...]:
        """What speaks against a password for an account."""
        about = context(
            server.tenant,
            username=record.username,
            email=record.email,
            full_name=record.full_name,
        )
        return self.new_passwords.weaknesses(server.tenant, password, about)

    def hash_for(self, server: AuthorizationServer, record: AccountRecord, password: str) -> str:
        """The hash of a password that an account shall have.

        Raises:
            WeakPassword: it is refused.
            TooBusy: it could not be hashed now.
        """
        weaknesses = self.weaknesses(server, record, password)
        if weaknesses:
            raise WeakPassword(weaknesses)
        return self.passwords.hash(password)


def set_password(
    transaction: Transaction,
    server: AuthorizationServer,
    record: AccountRecord,
    hashed: str,
    except_session: str = "",
) -> None:
    """Keep a new password; all that was entered or granted by the one before ends (C10, AU-18)."""
    people = PeopleEdit(transaction, server.tenant.id, server.now)
    people.set_password(record.id, hashed)
    people.change(record.id, {"not_before": server.now})
    people.end_sessions(record.id, except_session)
    drop_links(transaction, server.tenant.id, record.id, DOORS, server.now)


def hand_over(transaction: Transaction, server: AuthorizationServer, record: AccountRecord) -> None:
    """Give an account to whoever has shown that its address is theirs.

    Until then anybody may have set it up: what they left behind ends (AU-17).
    """
    people = PeopleEdit(transaction, server.tenant.id, server.now)
    people.change(record.id, {"email_verified": True, "status": "active"})
    drop_belongings(transaction, server.tenant.id, record.id, server.now)


def name_of(record: AccountRecord) -> str:
    """How a letter calls its reader."""
    return record.full_name or record.username


def minutes_of(lifetime: timedelta) -> str:
    """How long a link works, as letters say it."""
    return str(int(lifetime.total_seconds()) // 60)


def already_registered(server: AuthorizationServer, owner: AccountRecord) -> Letter:
    """Tell the owner of an account that somebody wants another one with its address."""
    values = {
        "name": name_of(owner),
        "link": below(server.issuer, "/login"),
        "recovery_link": below(server.issuer, "/recover"),
    }
    return Letter("already_registered", str(owner.email), owner.locale, values, owner.id)


def password_changed(server: AuthorizationServer, record: AccountRecord) -> Letter:
    """Tell somebody that their password is another one now."""
    values = {
        "name": name_of(record),
        "at": server.now.isoformat(),
        "link": below(server.issuer, "/recover"),
    }
    return Letter("password_changed", str(record.email), record.locale, values, record.id)
