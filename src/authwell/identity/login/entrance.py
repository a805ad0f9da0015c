"""The one way from what a person has shown to a session, whichever door they came by.

Pages and API call it after a password, a passkey, a link from a mail or a code. It decides
whether that is enough (THREATS.md MF-04): nobody else starts a session. If it is not, what was
shown waits as a `pending_login`, which is worth nothing but going on (BR-11): it is used up by
one statement, ends after ten minutes, and belongs to the browser that it was begun in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest

from authwell.identity.factors import levels
from authwell.identity.factors.demands import is_mandatory
from authwell.identity.factors.levels import ANYTHING, Lack, Method, Wanted
from authwell.identity.login.suspicion.logins import Suspicion
from authwell.identity.sessions.devices import Devices
from authwell.identity.sessions.service import Sessions
from authwell.protocol import authentication_context as context
from authwell.protocol.model import Account, Session
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.login.devices import Device
from authwell.storage.login.factors import Factors
from authwell.storage.people.accounts import Accounts
from authwell.storage.people.links import Link, Links
from authwell.utils.randomness import digest, new_secret

PENDING = "pending_login"
PREFIX = "awp"
LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person has shown of themselves up to now.

    Attributes:
        account: who it is.
        methods: each method (RFC 8176: `pwd`, `otp`, `pop`, ...) and when it was shown. A
            passkey that verified its user is `pop` with `mfa`.
        present: the session of the browser before, if any.
        browser: the browser's secret, to which a login that has to wait is bound; None: it is
            bound to its token alone, as for callers of the JSON API.
    """

    account: Account
    methods: Mapping[str, datetime]
    present: Session | None = None
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """It was enough: the session and the value of its cookie."""

    cookie: str
    session: Session


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """One of these must be shown too; the token names what was shown up to now."""

    token: str
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class EnrolmentNeeded:
    """One of these must be set up first, because the person has none."""

    token: str
    methods: tuple[Method, ...]


class AccountBlocked(Exception):
    """An administrator has blocked the account; its person may know, having shown who they are."""


Entry = Entered | SecondFactorNeeded | EnrolmentNeeded


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that waits for a second factor: who it would be, and what may be shown.

    Attributes:
        digest: of its token.
        account: who it would be.
        methods: what was shown, and when.
        wanted: what the request asks.
        asked: what may be shown or, with `enrols`, set up.
        enrols: whether a factor has to be set up.
    """

    digest: bytes
    account: Account
    methods: Mapping[str, datetime]
    wanted: Wanted
    asked: tuple[Method, ...]
    enrols: bool


@dataclass(frozen=True, slots=True)
class _Level:
    """What was counted of all that was shown, and what it is worth."""

    methods: Mapping[str, datetime]
    amr: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, shown: Shown, wanted: Wanted) -> "_Level":
        """What the same person showed earlier in the session counts unless it is too old."""
        earlier: Mapping[str, datetime] = {}
        if shown.present is not None and shown.present.account.id == shown.account.id:
            earlier = shown.present.methods
        counted = {
            name: at for name, at in earlier.items() if wanted.since is None or at >= wanted.since
        }
        methods = {**counted, **shown.methods}
        return cls(methods, context.methods_of(methods))


class Entrance:
    """Decides on what was shown."""

    def __init__(self, database: Database, sessions: Sessions, suspicion: Suspicion) -> None:
        """Take the database, what starts sessions, and what judges logins."""
        self._suspicion = suspicion
        self._accounts = Accounts(database)
        self._database = database
        self._devices = Devices(database)
        self._factors = Factors(database)
        self._links = Links(database)
        self._sessions = sessions

    def enter(self, server: AuthorizationServer, shown: Shown, wanted: Wanted = ANYTHING) -> Entry:
        """Start a session, or say what else must be shown.

        Raises:
            LoginBlocked: it looks like somebody else's, and the tenant wants that refused.
            AccountBlocked: an administrator has blocked it.
        """
        return self._enter(server, shown, wanted, is_resumed=False)

    def _enter(
        self, server: AuthorizationServer, shown: Shown, wanted: Wanted, *, is_resumed: bool
    ) -> Entry:
        """Enter, or wait; a sign that asked for the second factor is told of when it is asked."""
        account = shown.account
        if account.id in server.tenant.blocks.accounts:
            raise AccountBlocked
        verdict = self._suspicion.judge(server, account)
        self._suspicion.require_not_blocked(server, account, verdict)
        level = _Level.of(shown, wanted)
        trusted = None if verdict.asks_step_up else verdict.device
        lack = self._lack(server, shown, level, wanted, trusted)
        if lack is None:
            entered = self._sessions.start(
                server, account, level.methods, shown.present, verdict.device
            )
            self._suspicion.note(server, account, verdict.of("notify") if is_resumed else verdict)
            return Entered(*entered)
        self._suspicion.note(server, account, verdict.of("step_up"))
        token = self._put(server, shown, wanted, lack)
        answer = EnrolmentNeeded if lack.enrols else SecondFactorNeeded
        return answer(token, lack.asked)

    def pending(
        self,
        server: AuthorizationServer,
        token: str,
        browser: str | None = None,
        present: Session | None = None,
    ) -> Pending | None:
        """The login that waits under this token; None if it is gone, or another browser's.

        Also where the account was shut, or its credentials changed, meanwhile; and where it goes
        on from a session that is not there any more.
        """
        found = self._links.find(server.tenant.id, PENDING, digest(token), server.now)
        if found is None or found.account_id is None or not _is_bound(found, browser):
            return None
        session_id = found.data["session_id"]
        if session_id is not None and (present is None or present.id != session_id):
            return None
        record = self._accounts.find(server.tenant.id, found.account_id)
        if record is None or record.status != "active":
            return None
        if record.not_before is not None and record.not_before > found.created_at:
            return None
        return _pending(found, record.account)

    def go_on(
        self,
        server: AuthorizationServer,
        pending: Pending,
        methods: Mapping[str, datetime],
        present: Session | None = None,
        browser: str | None = None,
    ) -> Entry | None:
        """Use the waiting login up and enter with what was shown now; None if it is gone.

        Args:
            server: of this request.
            pending: the login that waited.
            methods: what was proven just now.
            present: the session of the browser before, if any.
            browser: its secret; None for callers of the JSON API.
        """
        if self._links.take(server.tenant.id, PENDING, pending.digest, server.now) is None:
            return None
        together = {**pending.methods, **methods}
        shown = Shown(pending.account, together, present, browser)
        return self._enter(server, shown, pending.wanted, is_resumed=True)

    def confirm(
        self, server: AuthorizationServer, session: Session, methods: Mapping[str, datetime]
    ) -> Entered:
        """The same session under a new cookie: its person has shown these again (SE-01)."""
        together = {**session.methods, **methods}
        known = self._devices.known(server.tenant.id, session.account.id, server.caller)
        return Entered(*self._sessions.start(server, session.account, together, session, known))

    def trust(self, server: AuthorizationServer, account: Account) -> None:
        """Spare the caller's device the second factor from now on, if the tenant lets it be."""
        lifetime = server.tenant.policy.trusted_device_lifetime
        device = self._devices.known(server.tenant.id, account.id, server.caller)
        if lifetime is not None and device is not None:
            until = server.now + lifetime
            self._devices.trust(server.tenant.id, account.id, device.id, until)

    def _lack(
        self,
        server: AuthorizationServer,
        shown: Shown,
        level: _Level,
        wanted: Wanted,
        device: Device | None,
    ) -> Lack | None:
        """What is missing; only where something can be is asked what the person has."""
        if levels.is_enough(level.amr, wanted):
            return None
        found = levels.lack_of(
            level.amr,
            wanted,
            self._factors.enrolled(server.tenant.id, shown.account.id),
            is_mandatory=is_mandatory(self._database, server.tenant, shown.account),
        )
        is_spared = found is not None and found.may_be_spared and _is_trusted(server, device)
        return None if is_spared else found

    def _put(self, server: AuthorizationServer, shown: Shown, wanted: Wanted, lack: Lack) -> str:
        token = new_secret(PREFIX)
        data = {
            "methods": {name: at.isoformat() for name, at in shown.methods.items()},
            # Without methods of its own it rests on those of the session.
            "session_id": shown.present.id if shown.present and not shown.methods else None,
            "acr": sorted(wanted.acr),
            "since": wanted.since.isoformat() if wanted.since else None,
            "is_wish": wanted.is_wish,
            "asked": list(lack.asked),
            "enrols": lack.enrols,
        }
        self._links.put(
            Link(
                digest=digest(token),
                tenant_id=server.tenant.id,
                kind=PENDING,
                account_id=shown.account.id,
                created_at=server.now,
                expires_at=server.now + LIFETIME,
                browser_digest=digest(shown.browser) if shown.browser else None,
                data=data,
            )
        )
        return token


def _is_trusted(server: AuthorizationServer, device: Device | None) -> bool:
    """Whether the person has asked, on this device, not to be asked again (MF-10)."""
    if device is None or server.tenant.policy.trusted_device_lifetime is None:
        return False
    return device.trusted_until is not None and device.trusted_until > server.now


def _is_bound(link: Link, browser: str | None) -> bool:
    """Whether the link is this browser's; one of the API belongs to whoever has the token."""
    if link.browser_digest is None:
        return browser is None
    return browser is not None and compare_digest(link.browser_digest, digest(browser))


def _pending(link: Link, account: Account) -> Pending:
    since = link.data["since"]
    return Pending(
        digest=link.digest,
        account=account,
        methods={n: datetime.fromisoformat(at) for n, at in link.data["methods"].items()},
        wanted=Wanted(
            acr=frozenset(link.data["acr"]),
            since=datetime.fromisoformat(since) if since else None,
            is_wish=link.data["is_wish"],
        ),
        asked=tuple(link.data["asked"]),
        enrols=link.data["enrols"],
    )
