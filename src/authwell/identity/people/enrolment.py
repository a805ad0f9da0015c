"""Registering: people make accounts for themselves (REQUIREMENTS.md C1, K34, K41).

The constraints of the database decide who is first (THREATS.md AU-12, AU-13). Whether an address
has an account already is told to its owner alone, by mail: whoever asks gets the answer, and
the time, of a new one (AU-01, AU-02).
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from authwell.identity.passwords.policy import Weakness
from authwell.identity.people.desk import AccountDesk, already_registered
from authwell.identity.people.email_addresses import EmailAddress, InvalidEmail, read_email
from authwell.identity.people.names import canonical_username
from authwell.identity.people.verification import KIND, Origin, Verification
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.cleanup import PENDING_KEPT_FOR
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.errors import Conflict
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.reserved_names import is_reserved, reserve_name
from authwell.utils.randomness import new_id

LONGEST_USERNAME: Final = 64
LONGEST_FULL_NAME: Final = 255
SENT_TWICE: Final = timedelta(minutes=1)
"""Within which the same form counts as pressed twice."""

_LETTERS: Final = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"})
_SIGNS: Final = frozenset("._-+'")

FieldCode = Literal["missing", "too_long", "characters", "unprintable", "email", "name_is_address"]


class RegistrationClosed(Exception):
    """Only administrators make accounts here (K34)."""


class UsernameTaken(Exception):
    """Somebody is called so."""


class EmailTaken(Exception):
    """The address has an account; said only where no address is verified (K41)."""


class InvalidRegistration(Exception):
    """Members that no account can have.

    Attributes:
        fields: what is wrong with which.
        weaknesses: of the password.
    """

    def __init__(
        self, fields: Mapping[str, FieldCode], weaknesses: tuple[Weakness, ...] = ()
    ) -> None:
        """Say what is wrong."""
        super().__init__("The registration is refused.")
        self.fields = fields
        self.weaknesses = weaknesses


@dataclass(frozen=True, slots=True)
class Applicant:
    """What somebody typed who wants an account."""

    username: str
    email: str
    password: str
    full_name: str | None = None
    locale: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """The account can be used."""

    account: Account


@dataclass(frozen=True, slots=True)
class AwaitsVerification:
    """A letter is on its way; to the owner of an account, if there was one."""

    email: str


class Enrolment:
    """Makes accounts for strangers."""

    def __init__(self, desk: AccountDesk, verification: Verification) -> None:
        """Take what it works with."""
        self._desk = desk
        self._verification = verification

    def is_open(self, server: AuthorizationServer) -> bool:
        """Whether the tenant lets people register themselves."""
        own: object = server.tenant.people_policy.get("registration_enabled")
        return self._desk.settings.registration_enabled if own is None else bool(own)

    def register(
        self,
        server: AuthorizationServer,
        applicant: Applicant,
        origin: Origin,
        *,
        tells_owner: bool = True,
    ) -> Registered | AwaitsVerification:
        """Make an account, or answer as if one had been made.

        Args:
            server: of this request.
            applicant: what was typed.
            origin: where.
            tells_owner: whether the owner of a taken address gets a letter (RC-07).

        Raises:
            RegistrationClosed: nobody may.
            InvalidRegistration: a member is not what it must be.
            UsernameTaken: as it says.
            EmailTaken: the same, where addresses are not verified.
            TooBusy: the password could not be hashed now; nothing was written.
        """
        if not self.is_open(server):
            raise RegistrationClosed
        record = self._read(server, applicant)
        made_before = self._find_made_before(server, record, origin)
        if made_before is None and self._is_name_taken(server, record):
            raise UsernameTaken
        # Whatever comes now takes the time of a hash.
        hashed = self._desk.passwords.hash(applicant.password)
        if made_before is not None:
            return self._answer(made_before)
        try:
            self._add(server, record, hashed, origin)
        except Conflict:
            record = self._settle(server, record, hashed, origin, tells_owner=tells_owner)
        self._desk.ring()
        return self._answer(record)

    def _answer(self, record: AccountRecord) -> Registered | AwaitsVerification:
        if record.status == "active":
            return Registered(record.account)
        return AwaitsVerification(str(record.email))

    def _read(self, server: AuthorizationServer, applicant: Applicant) -> AccountRecord:
        """The account that is to be."""
        fields: dict[str, FieldCode] = {}
        email = EmailAddress("", "")
        try:
            email = read_email(applicant.email, is_development=self._desk.settings.is_development)
        except InvalidEmail:
            fields["email"] = "email" if applicant.email.strip() else "missing"
        record = AccountRecord(
            id=new_id(server.now),
            tenant_id=server.tenant.id,
            username=applicant.username.strip(),
            username_canonical=canonical_username(applicant.username),
            created_at=server.now,
            updated_at=server.now,
            email=email.text,
            email_canonical=email.canonical,
            full_name=(applicant.full_name or "").strip() or None,
            status="pending" if self._desk.settings.require_email_verification else "active",
            locale=applicant.locale,
        )
        fields |= problems_of(record)
        weaknesses = self._desk.weaknesses(server, record, applicant.password)
        if not applicant.password:
            fields["password"] = "missing"
        if fields or weaknesses:
            raise InvalidRegistration(fields, weaknesses)
        return record

    def _find_made_before(
        self, server: AuthorizationServer, record: AccountRecord, origin: Origin
    ) -> AccountRecord | None:
        """The account that the same form of the same browser has made a moment ago."""
        holder = self._desk.accounts.find_by_username(server.tenant.id, record.username_canonical)
        if holder is None or origin.browser is None:
            return None
        is_same = holder.email_canonical == record.email_canonical
        is_new = holder.status == record.status and not holder.email_verified
        link = self._desk.links.latest(server.tenant.id, holder.id, KIND)
        is_here = link is not None and link.browser_digest == origin.browser
        is_recent = server.now - holder.created_at <= SENT_TWICE
        return holder if is_same and is_new and is_here and is_recent else None

    def _is_name_taken(self, server: AuthorizationServer, record: AccountRecord) -> bool:
        """Whether the user name belongs to somebody else than the address.

        A name that is one's own address tells no more than the address may.
        """
        name = record.username_canonical
        if name == record.email_canonical:
            return False
        if is_reserved(self._desk.database, record, server.now):
            return True
        holder = self._desk.accounts.find_by_username(server.tenant.id, name)
        return holder is not None and not self._is_abandoned(server, holder, record)

    def _add(
        self, server: AuthorizationServer, record: AccountRecord, hashed: str, origin: Origin
    ) -> None:
        with self._desk.database.transaction() as transaction:
            people = PeopleEdit(transaction, server.tenant.id, server.now)
            people.add(record)
            people.set_password(record.id, hashed)
            add_event(
                transaction, server.event(EventType.ACCOUNT_REGISTERED, account=record.account)
            )
            self._verification.send(transaction, server, record, origin)

    def _settle(
        self,
        server: AuthorizationServer,
        record: AccountRecord,
        hashed: str,
        origin: Origin,
        *,
        tells_owner: bool,
    ) -> AccountRecord:
        """What becomes of a registration whose address or name somebody has: the account, if any.

        Nothing tells whether one was made, except where no address is verified.
        """
        holder = self._desk.accounts.find_by_email(server.tenant.id, str(record.email_canonical))
        if holder is None:
            # Somebody was faster with the name; or the account was deleted just now.
            raise UsernameTaken
        taken_over = self._take_over(server, holder, record, hashed, origin)
        if taken_over is not None:
            return taken_over
        if not self._desk.settings.require_email_verification:
            raise EmailTaken
        self._note_repetition(server, holder, record, tells_owner=tells_owner)
        return record

    def _take_over(
        self,
        server: AuthorizationServer,
        holder: AccountRecord,
        record: AccountRecord,
        hashed: str,
        origin: Origin,
    ) -> AccountRecord | None:
        """Give an account that was never verified to whoever registers its address next (AU-17)."""
        with self._desk.database.transaction() as transaction:
            people = PeopleEdit(transaction, server.tenant.id, server.now)
            present = people.lock(holder.id)
            if present is None or not self._is_abandoned(server, present, record):
                return None
            renewed = replace(record, id=present.id, created_at=present.created_at)
            try:
                people.change(present.id, _members(renewed))
            except Conflict as conflict:
                raise UsernameTaken from conflict
            people.set_password(present.id, hashed)
            event = server.event(
                EventType.ACCOUNT_REGISTERED, account=renewed.account, data={"again": True}
            )
            add_event(transaction, event)
            self._verification.send(transaction, server, renewed, origin)
        return renewed

    def _is_abandoned(
        self, server: AuthorizationServer, holder: AccountRecord, record: AccountRecord
    ) -> bool:
        """Whether nobody can verify the account of this address any more."""
        lifetime: timedelta = self._desk.settings.email_verification_expire_hours
        is_same = holder.email_canonical == record.email_canonical
        return is_same and holder.status == "pending" and holder.updated_at + lifetime <= server.now

    def _note_repetition(
        self,
        server: AuthorizationServer,
        owner: AccountRecord,
        wanted: AccountRecord,
        *,
        tells_owner: bool,
    ) -> None:
        """Write to whoever has the account of an address that somebody registers again."""
        with self._desk.database.transaction() as transaction:
            reserve_name(transaction, wanted, server.now + PENDING_KEPT_FOR)
            if tells_owner and owner.status in ("pending", "active"):
                self._desk.post(transaction, server, already_registered(server, owner))
            event = server.event(EventType.ACCOUNT_REGISTRATION_REPEATED, account=owner.account)
            add_event(transaction, event)


def problems_of(record: AccountRecord) -> dict[str, FieldCode]:
    """What an account cannot be called."""
    problems: dict[str, FieldCode] = {}
    problem = _problem_of_username(record)
    if problem is not None:
        problems["username"] = problem
    full_name = record.full_name or ""
    if len(full_name) > LONGEST_FULL_NAME:
        problems["full_name"] = "too_long"
    elif not full_name.isprintable():
        problems["full_name"] = "unprintable"
    return problems


def _problem_of_username(record: AccountRecord) -> FieldCode | None:
    """A user name is letters, digits and a few signs (RFC 8265 section 3.1), or one's own address.

    With another `@` it could be somebody else's address, and would be found before theirs.
    """
    username, canonical = record.username, record.username_canonical
    if not canonical:
        return "missing"
    if canonical == record.email_canonical:
        return None
    if len(username) > LONGEST_USERNAME or len(canonical) > LONGEST_FULL_NAME:
        return "too_long"
    if "@" in canonical:
        return "name_is_address"
    is_plain = all(unicodedata.category(sign) in _LETTERS or sign in _SIGNS for sign in username)
    return None if is_plain else "characters"


def _members(record: AccountRecord) -> dict[str, object]:
    names = (
        *("username", "username_canonical", "email", "email_canonical", "email_verified"),
        *("full_name", "status", "locale"),
    )
    return {name: getattr(record, name) for name in names}
