"""The people of a tenant, administered: seen, made, changed, shut out, deleted (G1 to G7, G14).

Each change locks the account, looks whether it is still what the administrator has seen, and
writes with its audit event in one transaction.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from authwell.identity.administration.administrators import Administrator
from authwell.identity.administration.entries import Entry, NewUser, blank, with_entry
from authwell.identity.administration.shown import shown_user
from authwell.identity.factors.second_factors import SecondFactors, Taken
from authwell.identity.people.deletion import AccountDeletion
from authwell.identity.people.desk import DOORS, AccountDesk
from authwell.identity.people.recovery import Recovery
from authwell.identity.people.verification import Origin, Verification
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Transaction
from authwell.storage.pages import Found, Wanted
from authwell.storage.people.account_reports import AccountReports, find_report
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.links import drop_links
from authwell.storage.values import searchable
from authwell.utils.versions import ANY_VERSION, Expected

Shown = Mapping[str, Any]


class NoSuchUser(LookupError):
    """The tenant has no such account."""


class WrongStatus(Exception):
    """The account's status does not let it be; nothing was written.

    Attributes:
        status: that of the account.
    """

    def __init__(self, status: str) -> None:
        """Name it."""
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class _Work:
    """One account, locked until the transaction ends."""

    transaction: Transaction
    people: PeopleEdit
    server: AuthorizationServer
    record: AccountRecord
    actor: str

    def event(self, kind: EventType, **data: Any) -> Event:
        """An event of the administrator's about the account."""
        event = self.server.event(kind, account=self.record.account, data=data)
        return replace(event, actor=self.actor)

    def note(self, kind: EventType, **data: Any) -> None:
        """Keep it."""
        add_event(self.transaction, self.event(kind, **data))

    def note_changed(self, members: Mapping[str, Any]) -> None:
        """Keep which members were changed; other roles are an event of their own."""
        names = sorted(name for name in members if not name.endswith("_canonical"))
        if "roles" not in members:
            self.note(EventType.ACCOUNT_UPDATED, members=names)
            return
        before = sorted(self.record.roles)
        data = {"members": names, "roles": members["roles"], "before": before}
        self.note(EventType.ACCOUNT_ROLES_CHANGED, **data)

    def shown(self) -> dict[str, Any]:
        """The account as it is by now."""
        tenant_id, now = self.server.tenant.id, self.server.now
        report = find_report(self.transaction, tenant_id, self.record.id, now)
        if report is None:
            raise NoSuchUser
        return shown_user(report)


class Users:
    """The people of all tenants; a server names its own."""

    def __init__(
        self,
        desk: AccountDesk,
        deletion: AccountDeletion,
        recovery: Recovery,
        verification: Verification,
        factors: SecondFactors,
    ) -> None:
        """Take what each change is done by."""
        self._desk = desk
        self._deletion = deletion
        self._recovery = recovery
        self._verification = verification
        self._factors = factors
        self._reports = AccountReports(desk.database)

    def page(
        self, server: AuthorizationServer, wanted: Wanted, filters: Mapping[str, Any]
    ) -> Found:
        """A page of accounts as `shown_user` takes them; see `AccountReports.page`."""
        return self._reports.page(server.tenant.id, wanted, filters, server.now)

    def find(self, server: AuthorizationServer, account_id: str) -> dict[str, Any]:
        """One account.

        Raises:
            NoSuchUser: there is none; as everywhere here.
        """
        report = self._reports.find(server.tenant.id, account_id, server.now)
        if report is None:
            raise NoSuchUser
        return shown_user(report)

    def create(self, server: AuthorizationServer, who: Administrator, new: NewUser) -> Shown:
        """Make an account, and let its person know where that is needed.

        An address that nobody has verified gets a link for that; an account without a password
        one with which it gets one.

        Raises:
            InvalidEntry, WeakPassword: what was given does not fit.
            NotAllowed: a role may not be given.
            Conflict: the user name or the address is taken.
        """
        record = with_entry(self._desk, server, blank(server), new.entry)
        who.require_may_set(self._desk.database, server.tenant.id, (), record.roles)
        password = new.password
        hashed = self._desk.hash_for(server, record, password) if password is not None else None
        waits = record.email is not None and not record.email_verified
        is_shut = waits and (hashed is None or self._desk.settings.require_email_verification)
        record = replace(record, status="pending" if is_shut else "active")
        with self._desk.database.transaction() as transaction:
            people = PeopleEdit(transaction, server.tenant.id, server.now)
            people.add(record)
            if hashed is not None:
                people.set_password(record.id, hashed)
            work = _Work(transaction, people, server, record, who.actor)
            work.note(EventType.ACCOUNT_CREATED, roles=list(record.roles))
            if waits:
                self._verification.send(transaction, server, record, Origin())
            elif hashed is None:
                self._recovery.post(transaction, server, record, Origin(), who.actor)
            shown = work.shown()
        self._desk.ring()
        return shown

    def change(
        self,
        server: AuthorizationServer,
        who: Administrator,
        account_id: str,
        entry: Entry,
        expected: Expected = ANY_VERSION,
    ) -> Shown:
        """Change what is given; all else stays. Who loses a role loses sessions and tokens.

        Raises:
            NoSuchUser, ChangedMeanwhile, NotAllowed, InvalidEntry, Conflict, LastSuperuser: and
                nothing was written.
        """
        with self._at(server, who, account_id, expected) as work:
            changed = with_entry(self._desk, server, work.record, entry)
            members = _differences(work.record, changed)
            if "roles" in members:
                who.require_other(work.record)
                who.require_may_set(
                    work.transaction, server.tenant.id, work.record.roles, changed.roles
                )
            if members:
                work.people.change(work.record.id, members)
                if "email_canonical" in members:
                    drop_links(work.transaction, server.tenant.id, account_id, DOORS, server.now)
                work.note_changed(members)
            return work.shown()

    def activate(
        self,
        server: AuthorizationServer,
        who: Administrator,
        account_id: str,
        expected: Expected = ANY_VERSION,
    ) -> Shown:
        """Let somebody in who was shut out, or whose address waits to be verified.

        Raises:
            WrongStatus: the account is deleted; it can be restored.
        """
        with self._at(server, who, account_id, expected) as work:
            if work.record.status == "deleted":
                raise WrongStatus(work.record.status)
            if work.record.status != "active":
                work.people.change(work.record.id, {"status": "active"})
                work.note(EventType.ACCOUNT_ACTIVATED, before=work.record.status)
            return work.shown()

    def deactivate(
        self,
        server: AuthorizationServer,
        who: Administrator,
        account_id: str,
        expected: Expected = ANY_VERSION,
    ) -> Shown:
        """Shut somebody out; their sessions and tokens end at once.

        Raises:
            WrongStatus: the account is deleted.
            OwnAccount, LastSuperuser: nobody locks themselves, or everybody, out.
        """
        with self._at(server, who, account_id, expected) as work:
            who.require_other(work.record)
            if work.record.status == "deleted":
                raise WrongStatus(work.record.status)
            if work.record.status != "disabled":
                work.people.change(work.record.id, {"status": "disabled", "not_before": server.now})
                work.people.end_sessions(work.record.id)
                drop_links(work.transaction, server.tenant.id, account_id, DOORS, server.now)
                work.note(EventType.ACCOUNT_DEACTIVATED, before=work.record.status)
            return work.shown()

    def delete(
        self,
        server: AuthorizationServer,
        who: Administrator,
        account_id: str,
        expected: Expected = ANY_VERSION,
    ) -> None:
        """Delete an account; until it is erased it can be restored. Twice is as good as once.

        Raises:
            OwnAccount, LastSuperuser: as `deactivate`.
        """
        with self._at(server, who, account_id, expected) as work:
            who.require_other(work.record)
            event = work.event(EventType.ACCOUNT_DELETED, by="administrator")
            self._deletion.delete_in(work.transaction, event, work.record)

    def restore(self, server: AuthorizationServer, who: Administrator, account_id: str) -> Shown:
        """Give a deleted account back.

        Raises:
            WrongStatus: it is not deleted.
        """
        with self._at(server, who, account_id) as work:
            event = work.event(EventType.ACCOUNT_RESTORED, by="administrator")
            if not self._deletion.restore_in(work.transaction, event):
                raise WrongStatus(work.record.status)
            return work.shown()

    def unlock(self, server: AuthorizationServer, who: Administrator, account_id: str) -> Shown:
        """Forget failed attempts, and open the account if they had locked it."""
        with self._at(server, who, account_id) as work:
            if work.people.unlock(account_id):
                work.note(EventType.ACCOUNT_UNLOCKED, by="administrator")
            return work.shown()

    def send_reset(self, server: AuthorizationServer, who: Administrator, account_id: str) -> None:
        """Send a link with which the person sets another password; nothing changes until then.

        Raises:
            WrongStatus: it has no address, or is shut out.
        """
        with self._at(server, who, account_id) as work:
            record, origin = work.record, Origin()
            if not self._recovery.post(work.transaction, server, record, origin, who.actor):
                raise WrongStatus(work.record.status)

    def end_sessions(self, server: AuthorizationServer, who: Administrator, account_id: str) -> int:
        """Log somebody out everywhere; how many sessions there were."""
        with self._at(server, who, account_id) as work:
            ended = work.people.end_sessions(account_id)
            if ended:
                work.note(EventType.SESSIONS_ENDED, by="administrator", number=ended)
            return ended

    def reset_factors(
        self, server: AuthorizationServer, who: Administrator, account_id: str
    ) -> Taken:
        """Take all second factors from somebody who lost them, and write to them (MF-05).

        Raises:
            OwnAccount: those of one's own are changed where they are proven.
        """
        with self._at(server, who, account_id) as work:
            who.require_other(work.record)
            event = work.event(EventType.FACTORS_RESET, by="administrator")
            return self._factors.reset_in(work.transaction, server, work.record.account, event)

    @contextmanager
    def _at(
        self,
        server: AuthorizationServer,
        who: Administrator,
        account_id: str,
        expected: Expected = ANY_VERSION,
    ) -> Iterator[_Work]:
        tenant_id = server.tenant.id
        with self._desk.database.transaction() as transaction:
            people = PeopleEdit(transaction, tenant_id, server.now)
            people.lock(searchable(account_id))
            report = find_report(transaction, tenant_id, account_id, server.now)
            if report is None:
                raise NoSuchUser
            expected.require(shown_user(report))
            who.require_over(server, report.record)
            yield _Work(transaction, people, server, report.record, who.actor)
        self._desk.ring()


def _differences(before: AccountRecord, after: AccountRecord) -> dict[str, Any]:
    names = (
        *("username", "username_canonical", "email", "email_canonical", "email_verified"),
        *("full_name", "locale", "claims", "roles"),
    )
    old, new = ({name: _plain(getattr(r, name)) for name in names} for r in (before, after))
    return {name: new[name] for name in names if new[name] != old[name]}


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, list | tuple) else value
