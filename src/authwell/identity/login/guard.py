"""The one guard of all doors: pages, API, password grant, second factors, links, passkeys.

Whoever checks something that could be guessed asks the guard before and tells it after
(THREATS.md AU-03 to AU-08, MF-03). Attempts are counted in the database, for the account and for
the address. An account that strangers have locked stays open to devices that it has logged in
with before: those have a counter of their own, all of them together.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from authwell.config.settings import Settings
from authwell.identity.sessions.devices import Devices
from authwell.protocol.events import EventType
from authwell.protocol.model import Event, Tenant
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from authwell.storage.login.guards import AttemptGuards, Refusal, Subject
from authwell.utils.addresses import subscriber
from authwell.utils.logs import get_logger

log = get_logger("guard")

MOST_IN_A_ROW = 50
"""Attempts of strangers without success before the lock no longer ends by itself. With as many of
known devices that makes the hundred of NIST SP 800-63B-4 section 3.2.2."""

LONGEST_SUBJECT = 128

Kind = Literal["password", "second_factor", "link", "passkey"]
"""What is tried; of an account each is counted for itself."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where somebody knocks: which tenant, when, and from where."""

    tenant: Tenant
    now: datetime
    caller: Caller

    @classmethod
    def of(cls, server: AuthorizationServer) -> "Door":
        """That of a request."""
        return cls(server.tenant, server.now, server.caller)

    @property
    def tenant_id(self) -> str:
        """The tenant's id."""
        return self.tenant.id

    def event(self, kind: EventType, account_id: str | None, **data: Any) -> Event:
        """An audit event of an attempt."""
        return Event(
            type=kind,
            tenant_id=self.tenant.id,
            at=self.now,
            account_id=account_id,
            address=self.caller.address,
            user_agent=self.caller.user_agent,
            request_id=self.caller.request_id,
            data=data,
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that may go on and has been counted.

    Attributes:
        failures: attempts on the account without success, this one included.
        locked_until: set if this is the last one before the account is locked.
        address_locked_until: the same of the address.
    """

    door: Door = field(repr=False)
    kind: Kind
    address: Subject
    account: Subject | None = None
    failures: int = 0
    locked_until: datetime | None = None
    address_locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Locked:
    """The account is locked for this caller; where the account is a secret, so is that."""


class AddressLocked(Exception):
    """Too many attempts came from the caller's address: 429, whatever was tried.

    Attributes:
        retry_after: when it is worth to come again.
    """

    def __init__(self, retry_after: timedelta) -> None:
        """Say when to come again."""
        super().__init__("Too many attempts came from this address.")
        self.retry_after = retry_after


def subject_of(address: str) -> str:
    """What is counted of an address, by the name of its row."""
    return f"address/{address}"[:LONGEST_SUBJECT]


class Guard:
    """Counts attempts and says who may make one."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Take the database and the settings of the lockout."""
        self._stored = AttemptGuards(database)
        self._devices = Devices(database)
        self._audit = AuditLog(database)
        self._limit = settings.account_lockout_attempts
        self._duration: timedelta = settings.account_lockout_duration_minutes
        self._address_limit = settings.address_lockout_attempts
        self._address_duration: timedelta = settings.address_lockout_duration_minutes

    def admit(self, door: Door, kind: Kind, account_id: str | None = None) -> Attempt | Locked:
        """Count an attempt before it is judged.

        Args:
            door: where it is made.
            kind: what is tried.
            account_id: on whose; None where that is not known, so that the address alone counts.

        Raises:
            AddressLocked: nothing may be tried from there now.
        """
        address = self._address(door.caller)
        account = self._account(kind, account_id) if account_id else None
        counted = self._stored.count_both(door.tenant_id, address, account, door.now)
        if counted is Refusal.ADDRESS:
            raise self._address_locked(door, address)
        if counted is Refusal.ACCOUNT:
            return self._admit_known_device(door, kind, address, account_id or "")
        return Attempt(
            door,
            kind,
            address,
            account,
            counted.failures,
            counted.locked_until,
            counted.address_locked_until,
        )

    def succeeded(self, attempt: Attempt) -> None:
        """Forget the failures of the account, and this attempt of the address."""
        door = attempt.door
        self._stored.succeed(door.tenant_id, attempt.address, attempt.account, door.now)

    def failed(self, attempt: Attempt, event: EventType, **data: Any) -> None:
        """Leave a record of the attempt; the locks bound how many there can be.

        Args:
            attempt: what `admit` gave.
            event: its type in the audit log, such as `login.failed`.
            data: of the event.
        """
        door = attempt.door
        if attempt.account is not None:
            data["failures"] = attempt.failures
            if attempt.locked_until is not None:
                data["locked_until"] = attempt.locked_until.isoformat()
            self._audit.add(door.event(event, attempt.account.account_id, **data))
        if attempt.address_locked_until is not None:
            until = attempt.address_locked_until.isoformat()
            log.warning("address.locked", address=door.caller.address, until=until)
            self._audit.add(door.event(EventType.ADDRESS_LOCKED, None, until=until))

    def _admit_known_device(
        self, door: Door, kind: Kind, address: Subject, account_id: str
    ) -> Attempt | Locked:
        if self._devices.known(door.tenant_id, account_id, door.caller) is None:
            return Locked()
        account = self._account(f"{kind}/known", account_id)
        counted = self._stored.count(door.tenant_id, account, door.now)
        if counted is None:
            return Locked()
        return Attempt(door, kind, address, account, counted.failures, counted.locked_until)

    def _account(self, what: str, account_id: str) -> Subject:
        name = f"{what}/{account_id}"
        return Subject(name, account_id, self._limit, self._duration, MOST_IN_A_ROW)

    def _address(self, caller: Caller) -> Subject:
        name = subject_of(subscriber(caller.address or "unknown"))
        return Subject(name, None, self._address_limit, self._address_duration)

    def _address_locked(self, door: Door, address: Subject) -> AddressLocked:
        until = self._stored.locked_until(door.tenant_id, address, door.now)
        return AddressLocked((until or door.now) - door.now + timedelta(seconds=1))
